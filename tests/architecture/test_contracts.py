"""The rules for contracts that buf does not know: shapes of methods and of resources."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf.descriptor import Descriptor

from reelhouse.catalog.v1 import parsed_name_pb2
from reelhouse_naming import Facts
from tests.contract import methods
from tests.contract.methods import Rpc, behaviors

STANDARD = ("BatchGet", "Create", "Delete", "Get", "List", "Update", "Watch")


def resource_of(message: Any) -> Any:
    return message.GetOptions().Extensions[resource_pb2.resource]


def everything() -> Iterator[Any]:
    """Yields all messages, nested ones too."""
    waiting = [m for file in methods.files() for m in file.message_types_by_name.values()]
    while waiting:
        message = waiting.pop()
        yield message
        waiting += message.nested_types


def by_name(message: Descriptor) -> dict[str, Any]:
    return {field.name: field for field in message.fields}


@pytest.fixture(params=methods.RPCS, ids=lambda rpc: str(rpc.name))
def rpc(request: pytest.FixtureRequest) -> Rpc:
    found: Rpc = request.param
    return found


def verb(rpc: Rpc) -> str:
    return next((verb for verb in STANDARD if rpc.descriptor.name.startswith(verb)), "")


def test_every_method_says_who_may_call_it(rpc: Rpc) -> None:
    assert rpc.level


def test_messages_are_named_after_their_method(rpc: Rpc) -> None:
    name = rpc.descriptor.name
    answer = rpc.descriptor.output_type
    assert rpc.descriptor.input_type.name == f"{name}Request"
    assert (
        answer.name == f"{name}Response"
        or answer.full_name == "google.protobuf.Empty"
        or resource_of(answer).type
        or verb(rpc) == "Get"
    )


def test_standard_methods_have_their_standard_fields(rpc: Rpc) -> None:
    fields = by_name(rpc.descriptor.input_type)
    answer = by_name(rpc.descriptor.output_type)
    kind = verb(rpc)
    if kind in ("Get", "Delete") and resource_of(rpc.descriptor.output_type).type:
        assert field_behavior_pb2.REQUIRED in behaviors(fields["name"])
    if kind == "List":
        assert {"page_size", "page_token"} <= set(fields)
        assert "next_page_token" in answer
        assert rpc.descriptor.output_type.fields[0].is_repeated
        assert not rpc.streams
    if kind == "Update":
        assert "update_mask" in fields
    if kind == "BatchGet":
        assert {"names"} <= set(fields)
    if kind == "Watch":
        assert rpc.streams
        assert "resume_token" in fields or "name" in fields
    # Lists never stream; what is exported is bytes.
    if kind != "Watch" and not rpc.descriptor.name.startswith("Export"):
        assert not rpc.streams


def test_creating_can_be_repeated_safely(rpc: Rpc) -> None:
    fields = by_name(rpc.descriptor.input_type)
    # The answer of CreateApiToken holds a secret, which is shown once.
    if verb(rpc) == "Create" and rpc.descriptor.name != "CreateApiToken":
        assert "request_id" in fields
    if "request_id" in fields:
        info = fields["request_id"].GetOptions().Extensions[field_info_pb2.field_info]
        assert info.format == field_info_pb2.FieldInfo.UUID4


@pytest.mark.parametrize("message", [*everything()], ids=lambda message: str(message.full_name))
def test_every_field_says_how_it_behaves(message: Any) -> None:
    is_answer = message.full_name.endswith("Response")
    inside = message.containing_type is not None
    for field in message.fields:
        if not (is_answer or inside):
            assert behaviors(field), f"{message.name}.{field.name}"
        type_name = field.message_type.full_name if field.message_type else ""
        is_time = field.name == "time" or field.name.endswith("_time")
        assert is_time == (type_name == "google.protobuf.Timestamp")
        assert "wrappers" not in type_name
    option = resource_of(message)
    if option.type:
        assert option.plural
        assert option.singular
        first = message.fields[0]
        assert (first.name, first.number) == ("name", 1)
        assert field_behavior_pb2.IDENTIFIER in behaviors(first)
        assert "id" not in by_name(message)


def test_everything_that_a_name_says_is_on_the_wire() -> None:
    facts = {field.name for field in dataclasses.fields(Facts)}
    assert facts == set(parsed_name_pb2.ParsedName.DESCRIPTOR.fields_by_name)
