"""The audit log in the database. Its rows can be added and read, not changed."""

from __future__ import annotations

from sqlalchemy import bindparam, insert
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db import Query, Session
from reelhouse_kit.rpc.call import current
from reelhouse_requests.schema import audit_log

_APPEND = Query(
    insert(audit_log).values(
        actor=bindparam("actor"),
        peer=bindparam("peer"),
        request_id=bindparam("request_id"),
        action=bindparam("action"),
        resource=bindparam("resource"),
        detail=bindparam("detail", type_=JSONB),
    )
)


async def append(session: Session, action: str, resource: str, **detail: object) -> None:
    """Notes what the caller does, in the transaction that does it.

    Args:
        session: The transaction.
        action: What is done, for example "create_user".
        resource: To what.
        detail: What else is worth knowing; never a secret.
    """
    call = current()
    await session.run(
        _APPEND,
        actor=(call.principal.name or "nobody") if call else "services/requests",
        peer=call.peer if call else "",
        request_id=call.request_id if call else "",
        action=action,
        resource=resource,
        detail=detail,
    )
