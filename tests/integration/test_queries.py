"""Every statement of every service against its indexes: none reads all of a table that grows."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from reelhouse_kit.db import Query
from reelhouse_kit.testing import postgres

SERVICES = ("catalog", "playback", "requests", "transcode")
SMALL = {
    "device_profiles",
    "enrichment_cursors",
    "media_libraries",
    "naming_templates",
    "plugins",
    "symlink_routes",
}
"""Tables that hold some rows and never many."""
PARTIAL = """
    SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indpred IS NOT NULL
"""


def queries_in(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, Query]]:
    if isinstance(value, Query):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from queries_in(f"{name}[{key}]", part, depth)
    elif isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            yield from queries_in(f"{name}[{index}]", part, depth)
    elif depth == 0 and type(value).__module__.startswith("reelhouse_"):
        names = [*getattr(value, "__dict__", {}), *getattr(value, "__slots__", ())]
        for part in names:
            yield from queries_in(f"{name}.{part}", getattr(value, part, None), 1)


def queries_of(service: str) -> dict[str, Query]:
    """Returns all statements of a service by where they are."""
    package = importlib.import_module(f"reelhouse_{service}")
    found: dict[str, tuple[str, Query]] = {}
    for module_info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" in module_info.name or module_info.name.endswith("__main__"):
            continue
        module = importlib.import_module(module_info.name)
        for attribute, kept in vars(module).items():
            # Some modules make their statements when they are wanted, and tell which there are.
            value = kept() if attribute == "statements" else kept
            for name, query in queries_in(f"{module_info.name}.{attribute}", value):
                found.setdefault(query.sql, (name, query))
    return dict(found.values())


def nodes(plan: dict[str, Any], limited: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yields a plan's nodes, and whether a limit stops each early."""
    limited = limited or plan["Node Type"] == "Limit"
    # What sorts or sums up reads all that is below, whatever the limit above.
    if plan["Node Type"] in ("Sort", "Aggregate", "Hash", "WindowAgg"):
        limited = False
    yield plan, limited
    for child in plan.get("Plans", ()):
        yield from nodes(child, limited)


@pytest.mark.parametrize("service", SERVICES)
async def test_statements_go_by_indexes(admin_url: str, service: str) -> None:
    connection = await asyncpg.connect(postgres.as_service(admin_url, service))
    try:
        await connection.execute(
            "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan"
        )
        rows = await connection.fetch(PARTIAL)
        partial = {row["relname"] for row in rows}
        found = queries_of(service)
        assert len(found) > 15
        whole = []
        for number, (name, query) in enumerate(found.items()):
            if name.endswith("once._purge"):
                continue  # once an hour, over a day's writes: an index would cost every write more
            await connection.execute(f"PREPARE s{number} AS {query.sql}")
            count = max((int(index) for index in re.findall(r"\$(\d+)", query.sql)), default=0)
            values = f"({', '.join(['NULL'] * count)})" if count else ""
            explained = await connection.fetchval(
                f"EXPLAIN (FORMAT JSON) EXECUTE s{number}{values}"
            )
            for node, limited in nodes(json.loads(explained)[0]["Plan"]):
                table = node.get("Relation Name", "")
                kind = node["Node Type"]
                if "Scan" not in kind or not table or table in SMALL:
                    continue
                by_index = "Index Cond" in node or kind == "Bitmap Heap Scan"
                by_index |= node.get("Index Name") in partial
                by_index |= limited and "Index" in kind
                if not by_index:
                    whole.append(f"{name}: {kind} on {table}")
        assert not whole, "\n".join(whole)
    finally:
        await connection.close()
