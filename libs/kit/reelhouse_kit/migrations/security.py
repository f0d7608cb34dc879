"""Row-level security: the second net under every query that keeps users to their own rows.

A transaction says whose rows it reaches with `SET LOCAL reelhouse.user_id`, or reaches everybody's
with `SET LOCAL ROLE reelhouse_SCHEMA_all`; see `reelhouse_kit.db.Scope`. One that says neither
reaches none.

Revisions call these functions: what they return never changes once a revision is released.
"""

from __future__ import annotations

from reelhouse_kit.migrations.roles import login_role

# In a subquery, so that it is read once per statement and the index on user_id is used.
_OWN = "user_id = (SELECT nullif(current_setting('reelhouse.user_id', true), '')::uuid)"


def protect(schema: str, table: str) -> list[str]:
    """Returns the statements that keep a table's rows to the users they belong to."""
    role = login_role(schema)
    return [
        f"ALTER TABLE {schema}.{table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY own_rows ON {schema}.{table} TO {role} USING ({_OWN}) WITH CHECK ({_OWN})",
        f"CREATE POLICY all_rows ON {schema}.{table} TO {role}_all USING (true) WITH CHECK (true)",
    ]


def append_only(schema: str, table: str) -> list[str]:
    """Returns the statements that keep a table's rows from being changed by the service."""
    role = login_role(schema)
    return [f"REVOKE UPDATE, DELETE, TRUNCATE ON {schema}.{table} FROM {role}, {role}_all"]
