"""What can be done with media requests."""

from __future__ import annotations

from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Principal, Role
from reelhouse_kit.db import Database, Session, UniqueViolationError, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_requests.audiobooks import store as audiobooks
from reelhouse_requests.audiobooks import usecases as audiobook_usecases
from reelhouse_requests.audiobooks.model import AUDIOBOOK, Availability
from reelhouse_requests.audit import store as audit
from reelhouse_requests.availability.usecases import Checker
from reelhouse_requests.media_requests import store
from reelhouse_requests.media_requests.model import MEDIA_REQUEST, TOPIC, MediaRequest, State
from reelhouse_requests.schema import once as once_store
from reelhouse_requests.schema import outbox
from reelhouse_requests.users import store as users


async def create_media_request(
    database: Database,
    checker: Checker,
    *,
    audiobook_id: UUID,
    priority: int,
    by: Principal,
    auto_approve: bool,
    once: Once | None,
) -> MediaRequest:
    """Asks for an audiobook on behalf of the caller.

    Raises:
        FailedPreconditionError: It is in the library already.
        AlreadyExistsError: Somebody asked for it, and it is under way.
    """
    everybodys = database.for_everybody()
    await audiobook_usecases.required(database, audiobook_id)
    await checker.check(audiobook_id)
    user_id = by.user_id
    if user_id is None:
        raise errors.PermissionDeniedError(
            "PERMISSION_DENIED", "only users ask for things", level="USER"
        )
    try:
        return await _create(
            database.for_caller(by),
            audiobook_id=audiobook_id,
            priority=priority,
            user_id=user_id,
            approved=auto_approve or by.role is Role.ADMIN,
            once=once,
        )
    except UniqueViolationError:
        # Seen across users: row-level security would hide whose it is.
        active = await store.active_of(everybodys, audiobook_id)
        raise _under_way(audiobook_id, active, user_id) from None


def _under_way(
    audiobook_id: UUID, active: tuple[UUID, UUID] | None, user_id: UUID
) -> errors.AlreadyExistsError:
    item = AUDIOBOOK.format(audiobook_id)
    if active is not None and active[1] == user_id:
        name = MEDIA_REQUEST.format(active[0])
        return errors.AlreadyExistsError(
            "DUPLICATE_REQUEST", f"you asked for it already: {name}", media_request=name
        )
    return errors.AlreadyExistsError(
        "BEING_PROCESSED", f"somebody asked for {item} already", item=item
    )


@atomic
async def _create(
    session: Session,
    *,
    audiobook_id: UUID,
    priority: int,
    user_id: UUID,
    approved: bool,
    once: Once | None,
) -> MediaRequest:
    request_id = new_id()
    done = await once_store.claim(session, once, request_id)
    if done is not None:
        return await required(session, done)
    book = await audiobook_usecases.required(session, audiobook_id)
    if book.availability_status is Availability.AVAILABLE:
        raise errors.FailedPreconditionError(
            "ALREADY_AVAILABLE", f"{book.resource} is in the library", item=book.resource
        )
    user = await users.get(session, user_id)
    if user is None or user.deactivated_at is not None:
        raise errors.UnauthenticatedError("UNAUTHENTICATED", "the account is deactivated")
    if user.auto_approve is not None:
        approved = user.auto_approve
    state = State.PENDING if approved else State.AWAITING_APPROVAL
    await store.insert_request(
        session,
        request_id,
        user_id=user_id,
        audiobook_id=audiobook_id,
        priority=priority,
        state=state,
    )
    await audiobooks.set_availability(session, audiobook_id, Availability.REQUESTED, "")
    name = MEDIA_REQUEST.format(request_id)
    await audit.append(session, "create_media_request", name, item=book.resource, state=state)
    await outbox.append(session, Event(TOPIC, name, Change.CREATED, user_id))
    return await required(session, request_id)


async def required(source: Database | Session, request_id: UUID) -> MediaRequest:
    """Returns a request.

    Raises:
        NotFoundError: There is none, or it is somebody else's.
    """
    request = await store.get(source, request_id)
    if request is None:
        raise errors.NotFoundError(MEDIA_REQUEST.type, MEDIA_REQUEST.format(request_id))
    return request


@atomic
async def change_state(
    session: Session, request_id: UUID, state: State, *, action: str, message: str = ""
) -> MediaRequest:
    """Puts a request into a state and tells of it.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    request = await required(session, request_id)
    if not await store.move(session, request_id, state, message):
        raise errors.WrongStateError(
            request.resource, request.status.upper(), action.replace("_media_request", " it")
        )
    if state in (State.DENIED, State.CANCELLED):
        await audiobooks.set_availability(session, request.audiobook_id, Availability.UNKNOWN, "")
    await audit.append(session, action, request.resource, before=request.status, message=message)
    await outbox.append(session, Event(TOPIC, request.resource, Change.UPDATED, request.user_id))
    return await required(session, request_id)
