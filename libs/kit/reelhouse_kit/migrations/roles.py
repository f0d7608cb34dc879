"""Roles: who owns the tables, and who a service is.

For the schema "catalog" there are
  reelhouse_owner        owns all tables and runs migrations; nobody logs in as it
  reelhouse_catalog      the service: reads and writes rows of its own schema, nothing else; under
                         row-level security it reaches the rows of the user it names
  reelhouse_catalog_all  what the service becomes, for one transaction, to reach everybody's rows
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reelhouse_kit.migrations.schema import Schema

OWNER = "reelhouse_owner"


def login_role(schema: str) -> str:
    """Returns the role that a service logs in as."""
    return f"reelhouse_{schema}"


async def prepare(connection: AsyncConnection, schema: Schema, password: str | None) -> None:
    """Creates schema, roles and extensions, and grants; does nothing that is done already.

    Args:
        connection: As a role that may create roles and schemas.
        schema: The schema.
        password: What the service logs in with; None leaves it as it is.
    """
    name = schema.name
    login = login_role(name)
    for role, attributes in (
        (OWNER, "NOLOGIN"),
        (login, "LOGIN NOINHERIT"),
        (f"{login}_all", "NOLOGIN"),
    ):
        exists = await connection.scalar(
            text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
        )
        if not exists:
            await connection.execute(text(f"CREATE ROLE {role} {attributes}"))
    statements = [
        f"GRANT {OWNER} TO CURRENT_USER",
        f"GRANT {login}_all TO {login}",
        f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {OWNER}",
        *(f"CREATE EXTENSION IF NOT EXISTS {e} WITH SCHEMA public" for e in schema.extensions),
    ]
    privileges = (
        ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
        ("SEQUENCES", "USAGE"),
        ("FUNCTIONS", "EXECUTE"),
    )
    for role in (login, f"{login}_all"):
        statements.append(f"GRANT USAGE ON SCHEMA {name} TO {role}")
        statements += [
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA {name} GRANT {what} ON {kind} "
            f"TO {role}"
            for kind, what in privileges
        ]
    for statement in statements:
        await connection.execute(text(statement))
    if password is not None:
        quoted = await connection.scalar(
            text("SELECT quote_literal(:password)"), {"password": password}
        )
        await connection.exec_driver_sql(f"ALTER ROLE {login} PASSWORD {quoted}")
