"""Every method of every service, from descriptors, with a request that its contract allows."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

import reelhouse.catalog.v1
import reelhouse.playback.v1
import reelhouse.requests.v1
import reelhouse.transcode.v1
from reelhouse.options.v1 import options_pb2
from reelhouse_kit.rpc import status
from tests.suite import Suite

PACKAGES = (
    reelhouse.catalog.v1,
    reelhouse.playback.v1,
    reelhouse.requests.v1,
    reelhouse.transcode.v1,
)
FieldDescriptor = Any
"""Protobuf's implementations have kinds of their own, which its stubs tell apart."""
CALLERS = ("nobody", "alice", "bob", "admin", "service")


def files() -> Iterator[Any]:
    """Yields the descriptors of all files of the contracts."""
    for package in PACKAGES:
        for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            if found.name.endswith("_pb2"):
                module = importlib.import_module(f"{package.__name__}.{found.name}")
                yield module.DESCRIPTOR


def services() -> Iterator[ServiceDescriptor]:
    """Yields the descriptors of all services."""
    for file in files():
        yield from file.services_by_name.values()


@dataclass(frozen=True)
class Rpc:
    """One method."""

    descriptor: MethodDescriptor

    @property
    def name(self) -> str:
        """Its name with its service's: "TitleService.GetTitle"."""
        return f"{self.descriptor.containing_service.name}.{self.descriptor.name}"

    @property
    def service(self) -> str:
        """The service that serves it: "catalog"."""
        return str(self.descriptor.containing_service.full_name.split(".")[1])

    @property
    def level(self) -> Any:
        """Who may call it."""
        return self.descriptor.GetOptions().Extensions[options_pb2.access].level

    @property
    def request_type(self) -> Any:
        """The class of its request."""
        return message_factory.GetMessageClass(self.descriptor.input_type)

    @property
    def streams(self) -> bool:
        """Whether it answers with a stream."""
        return bool(self.descriptor.server_streaming)

    async def call(self, suite: Suite, caller: str, request: Message | bytes) -> Answer:
        """Calls it, or reads the first message of its stream."""
        path = f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"
        response = message_factory.GetMessageClass(self.descriptor.output_type)
        channel: Any = suite.channels[self.service]
        data = request if isinstance(request, bytes) else request.SerializeToString()
        options: dict[str, Any] = {"timeout": 10, "metadata": suite.metadata(caller)}
        try:
            if self.descriptor.client_streaming:
                taking = channel.stream_unary(path, response_deserializer=response.FromString)
                return Answer(grpc.StatusCode.OK, "", await taking(iter([data]), **options))
            if not self.streams:
                unary = channel.unary_unary(path, response_deserializer=response.FromString)
                return Answer(grpc.StatusCode.OK, "", await unary(data, **options))
            stream = channel.unary_stream(path, response_deserializer=response.FromString)
            rpc = stream(data, **options)
            try:
                return Answer(grpc.StatusCode.OK, "", await rpc.read())
            finally:
                rpc.cancel()
        except grpc.aio.AioRpcError as error:
            return Answer.of(error)


@dataclass(frozen=True)
class Answer:
    """What a call answered."""

    code: grpc.StatusCode
    reason: str
    message: Any
    violations: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    domain: str = ""

    @classmethod
    def of(cls, error: grpc.aio.AioRpcError) -> Answer:
        """Reads an error with its details."""
        trailer = dict(error.trailing_metadata() or ()).get(status.DETAILS)
        if not isinstance(trailer, bytes):
            return cls(error.code(), "", error.details())
        answer = status.from_details(trailer)
        info = status.error_info(answer)
        return cls(
            error.code(),
            info.reason,
            error.details(),
            tuple(violation.field for violation in status.violations(answer)),
            tuple(detail.TypeName() for detail in answer.details),
            info.domain,
        )


def all_rpcs() -> list[Rpc]:
    """Returns every method of every service."""
    return [Rpc(method) for service in services() for method in service.methods]


RPCS = all_rpcs()
PATTERNS = {
    definition.type: definition.pattern[-1]
    for file in files()
    for definition in file.GetOptions().Extensions[resource_pb2.resource_definition]
} | {
    option.type: option.pattern[0]
    for file in files()
    for message in file.message_types_by_name.values()
    if (option := message.GetOptions().Extensions[resource_pb2.resource]).type
}


def behaviors(field: FieldDescriptor) -> set[int]:
    """Returns what google.api.field_behavior says of a field."""
    return set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def pattern_of(field: FieldDescriptor) -> str:
    """Returns the pattern of the resource names that a field holds; empty for other fields."""
    reference = field.GetOptions().Extensions[resource_pb2.resource_reference]
    if reference.type:
        return str(PATTERNS[reference.type])
    if reference.child_type:
        return str(PATTERNS[reference.child_type]).rsplit("/", 2)[0]
    return ""


GOOD = {
    "root_path": "/nonexistent",
    "json": "{}",
    "address": "127.0.0.1:1",
    "template": "{Title}",
}
"""Texts that fields of these names may hold."""


def some_name(pattern: str) -> str:
    """Returns a well-formed name of a resource that does not exist."""
    return "/".join(str(uuid4()) if part.startswith("{") else part for part in pattern.split("/"))


def fill(message: Any, *, update: bool = False) -> Any:
    """Fills in all that a message must have."""
    for field in message.DESCRIPTOR.fields:
        found = behaviors(field)
        identifier = update and field_behavior_pb2.IDENTIFIER in found
        if field_behavior_pb2.REQUIRED not in found and not identifier:
            continue
        if identifier:
            pattern = message.DESCRIPTOR.GetOptions().Extensions[resource_pb2.resource].pattern[0]
            setattr(message, field.name, some_name(pattern))
        elif field.is_repeated:
            getattr(message, field.name).append(some_name(pattern_of(field)))
        elif field.message_type is not None:
            nested = getattr(message, field.name)
            nested.SetInParent()
            updates = message.DESCRIPTOR.name.startswith("Update")
            fill(nested, update=updates)
        elif field.enum_type is not None:
            setattr(message, field.name, 1)
        elif field.cpp_type == Field.CPPTYPE_STRING:
            setattr(message, field.name, _text(field))
    return message


def _text(field: FieldDescriptor) -> str:
    pattern = pattern_of(field)
    if pattern:
        return some_name(pattern)
    if field.GetOptions().Extensions[field_info_pb2.field_info].format:
        return str(uuid4())
    return GOOD.get(field.name, "a-good-value-for-it")


def good_request(rpc: Rpc) -> Any:
    """Returns a request that the contract allows, for resources that do not exist."""
    request = fill(rpc.request_type())
    if rpc.descriptor.name == "CreateMediaRequest":
        request.media_request.audiobook = some_name("audiobooks/{audiobook}")
    if rpc.descriptor.name == "PlanFileOperations":
        request.moves.moves.add(source_path="a.mkv", target_path="b.mkv")
    if rpc.descriptor.name == "CreateTranscode":
        request.transcode.spec.video_codec = 2
    if rpc.descriptor.name == "RenderName":
        request.template = "{Title}"
        request.facts.title = "Film"
    return request
