"""What the code says twice, and must say the same way."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from alembic.script import ScriptDirectory
from google.api import resource_pb2

import reelhouse_catalog.schema
import reelhouse_playback.schema
import reelhouse_requests.schema
import reelhouse_transcode.schema
from reelhouse_kit.migrations.schema import Schema
from reelhouse_kit.names import ResourceName
from tests.contract import methods

ROOT = Path(__file__).parents[2]
SERVICES = ("catalog", "playback", "requests", "transcode")
PARTS = {
    "naming": ROOT / "libs" / "naming",
    "kit": ROOT / "libs" / "kit",
    "cli": ROOT / "libs" / "cli",
    **{name: ROOT / "services" / name for name in SERVICES},
}
SCHEMAS: tuple[Schema, ...] = (
    reelhouse_catalog.schema.SCHEMA,
    reelhouse_playback.schema.SCHEMA,
    reelhouse_requests.schema.SCHEMA,
    reelhouse_transcode.schema.SCHEMA,
)
REASON = re.compile(r"[A-Z]+(_[A-Z]+)*")


def modules(part: str) -> Iterator[Path]:
    yield from sorted((PARTS[part] / f"reelhouse_{part}").rglob("*.py"))


def calls(part: str) -> Iterator[tuple[Path, ast.Call]]:
    for path in modules(part):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def texts(call: ast.Call) -> Iterator[str]:
    reasons = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    for value in [*call.args, *reasons]:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def reasons(part: str) -> set[str]:
    """Returns the reasons that a part answers with."""
    return {
        text
        for _, call in calls(part)
        if called(call).endswith("Error") or called(call) in ("invalid", "cls")
        for text in texts(call)
        if REASON.fullmatch(text)
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_reason_is_in_the_contract(service: str) -> None:
    module = importlib.import_module(f"reelhouse.{service}.v1.error_reason_pb2")
    known = {name.removeprefix("ERROR_REASON_") for name in module.ErrorReason.keys()}  # noqa: SIM118
    used = reasons(service) | reasons("kit")
    assert used <= known
    own = {name for name in known if module.ErrorReason.Value(f"ERROR_REASON_{name}") >= 100}
    assert own <= used, "a reason that nothing answers with"


def all_modules() -> Iterator[ModuleType]:
    for service in SERVICES:
        package = importlib.import_module(f"reelhouse_{service}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith(".model"):
                yield importlib.import_module(found.name)


def test_resource_names_are_those_of_the_contracts() -> None:
    patterns = {
        option.type: list(option.pattern)
        for file in methods.files()
        for message in file.message_types_by_name.values()
        if (option := message.GetOptions().Extensions[resource_pb2.resource]).type
    }
    names = [
        value
        for module in all_modules()
        for value in vars(module).values()
        if isinstance(value, ResourceName)
    ]
    assert len(names) >= 15
    for name in names:
        assert [name.pattern] == patterns[name.type]


def test_resources_of_others_are_defined_alike() -> None:
    owned = {
        option.type: list(option.pattern)
        for file in methods.files()
        for message in file.message_types_by_name.values()
        if (option := message.GetOptions().Extensions[resource_pb2.resource]).type
    }
    for file in methods.files():
        for definition in file.GetOptions().Extensions[resource_pb2.resource_definition]:
            if definition.type in owned:
                assert list(definition.pattern) == owned[definition.type]
            else:  # a family of resources
                members = {pattern for patterns in owned.values() for pattern in patterns}
                assert set(definition.pattern) <= members


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: str(schema.name))
def test_migrations_have_one_head_and_the_code_knows_it(schema: Schema) -> None:
    scripts = ScriptDirectory(str(schema.versions.parent), version_locations=[str(schema.versions)])
    assert scripts.get_heads() == [schema.revision]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_kit_knows_no_service() -> None:
    found = {name for path in modules("kit") for name in imports(path)}
    contracts = {name for name in found if name.startswith("reelhouse.")}
    assert contracts == {"reelhouse.options.v1.options_pb2"}


def test_names_are_read_with_the_standard_library_alone() -> None:
    found = {name.split(".")[0] for path in modules("naming") for name in imports(path)}
    assert found <= {*sys.stdlib_module_names, "reelhouse_naming"}


@pytest.mark.parametrize("service", SERVICES)
def test_sql_is_written_in_stores_only(service: str) -> None:
    for path in modules(service):
        if path.name.endswith("store.py") or {"schema.py", "schema", "migrations"} & set(
            path.parts
        ):
            continue
        using = {name.split(".")[0] for name in imports(path)} & {"sqlalchemy", "asyncpg"}
        assert not using, path


@pytest.mark.parametrize("service", SERVICES)
def test_servicers_leave_the_database_to_use_cases_and_stores(service: str) -> None:
    for path in modules(service):
        if path.name == "rpc.py":
            assert len(path.read_text("utf-8").splitlines()) < 400
            for name in imports(path):
                assert not name.endswith(".Query"), path


def test_files_stay_short() -> None:
    for part in PARTS:
        for path in modules(part):
            if "versions" not in path.parts:
                assert len(path.read_text("utf-8").splitlines()) <= 450, path
