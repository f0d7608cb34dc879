"""Writes a new revision from how a schema's tables differ from its revisions so far.

For developers: `make revision SERVICE=catalog NAME=add_markers`. Read what it wrote: it knows what
differs, not how to get there safely.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from reelhouse_kit.migrations import Schema, runner
from reelhouse_kit.testing import postgres

_FILE = '''"""{title}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{revision}"
down_revision = {previous}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


async def write(schema: Schema, name: str) -> Path:
    """Writes the revision and returns its file."""
    with postgres.server() as url:
        template = await postgres.make_template(url, [schema])
        async with postgres.copy(url, template) as database:
            script = await runner.inspect(database, lambda sync: _script(sync, schema))
    heads = [int(file.name[:4]) for file in schema.versions.glob("[0-9]*.py")]
    number = max(heads, default=0) + 1
    path = schema.versions / f"{number:04}_{name}.py"
    upgrade, downgrade = script.upgrade_ops, script.downgrade_ops
    path.write_text(
        _FILE.format(
            title=name.replace("_", " ").capitalize() + ".",
            revision=f"{number:04}",
            previous=f'"{number - 1:04}"' if heads else "None",
            upgrade=_code(upgrade),
            downgrade=_code(downgrade),
        )
    )
    return path


def _code(operations: Any) -> str:
    if operations is None:
        return "pass"
    lines = render_python_code(operations).splitlines()
    kept = [line for line in lines if not line.lstrip().startswith("# ###")]
    # Alembic writes this one type without its module.
    return "\n".join(kept).strip().replace("astext_type=Text()", "astext_type=sa.Text()")


def _script(sync: Connection, schema: Schema) -> ops.MigrationScript:
    context = MigrationContext.configure(sync, opts=runner.comparison(schema))
    return produce_migrations(context, schema.metadata)


def main() -> None:
    """Reads the service and the name of the revision from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("name")
    arguments = parser.parse_args()
    module = importlib.import_module(f"reelhouse_{arguments.service}.schema")
    print(asyncio.run(write(module.SCHEMA, arguments.name)))  # noqa: T201 # the command's output


if __name__ == "__main__":
    main()
