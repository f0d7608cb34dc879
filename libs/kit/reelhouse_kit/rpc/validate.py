"""Checks requests against what their contract says, before any handler sees them.

What is checked comes from the descriptors alone: google.api.field_behavior, resource_reference and
field_info, and reelhouse.options.v1.rules. All violations are found at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf import duration_pb2, field_mask_pb2, timestamp_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.message import Message

from reelhouse.options.v1 import options_pb2
from reelhouse_kit.errors import Violation
from reelhouse_kit.names import pattern_regex

Check = Callable[[Any, str], Iterator[Violation]]

MAX_STRING = 1024
MAX_ITEMS = 1000
_NOT_IN_MASKS = ("name", "etag")
"""Fields of a resource that say which is meant, not what becomes of it."""
_UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_TIMESTAMP = timestamp_pb2.Timestamp.DESCRIPTOR
_DURATION = duration_pb2.Duration.DESCRIPTOR
_MASK = field_mask_pb2.FieldMask.DESCRIPTOR
_EARLIEST, _LATEST = -62135596800, 253402300799
"""Seconds since 1970 of the years 1 and 9999, the range of a Timestamp."""
_NANOS = 1_000_000_000
_LONGEST = 315_576_000_000
"""Seconds of 10,000 years, the range of a Duration."""


class Resources:
    """The patterns of resource names, by type."""

    def __init__(self) -> None:
        self._patterns: dict[str, list[str]] = {}
        self._seen: set[str] = set()

    def add_file(self, file: FileDescriptor) -> None:
        """Takes in the resources that a file, or one it imports, defines."""
        if file.name in self._seen:
            return
        self._seen.add(file.name)
        for definition in file.GetOptions().Extensions[resource_pb2.resource_definition]:
            self._patterns.setdefault(definition.type, list(definition.pattern))
        for message in file.message_types_by_name.values():
            option = message.GetOptions().Extensions[resource_pb2.resource]
            if option.type:
                self._patterns[option.type] = list(option.pattern)
        for dependency in file.dependencies:
            self.add_file(dependency)

    def check_of(self, field: FieldDescriptor) -> Check | None:
        """Returns the check for a field that holds a resource name; None for other fields."""
        reference = field.GetOptions().Extensions[resource_pb2.resource_reference]
        if reference.type:
            return _pattern_check(self._known(reference.type))
        if reference.child_type:
            parents = [p.rsplit("/", 2)[0] for p in self._known(reference.child_type)]
            return _pattern_check(parents, wildcard=True)
        return None

    def check_of_name(self, descriptor: Descriptor) -> Check:
        """Returns the check for a resource's own name."""
        option = descriptor.GetOptions().Extensions[resource_pb2.resource]
        return _pattern_check(list(option.pattern))

    def _known(self, resource_type: str) -> list[str]:
        if resource_type not in self._patterns:
            raise LookupError(f"no contract defines the resource {resource_type}")
        return self._patterns[resource_type]


def _pattern_check(patterns: list[str], *, wildcard: bool = False) -> Check:
    # "users/me" and, for parents, "libraries/-" are names too: "-" stands for any.
    regexes = [pattern_regex(pattern) for pattern in patterns]
    shown = " or ".join(f'"{pattern}"' for pattern in patterns[:3])

    def check(value: str, path: str) -> Iterator[Violation]:
        candidate = re.sub(r"(?<=/)-(?=/|$)", "any", value) if wildcard else value
        if not any(regex.fullmatch(candidate) for regex in regexes):
            yield Violation(path, f"is not of the form {shown}")

    return check


class Validator:
    """The checks for one type of request."""

    def __init__(self, request: Descriptor, resources: Resources) -> None:
        self._resources = resources
        self._building: dict[tuple[str, bool], list[Check]] = {}
        updates = request.name.startswith("Update")
        self._checks = [
            check
            for field in request.fields
            for check in self._field_checks(field, updates=updates and _is_resource(field))
        ]
        masked = next((f for f in request.fields if f.message_type is _MASK), None)
        target = next((f for f in request.fields if _is_resource(f)), None)
        if masked is not None and target is not None:
            self._checks.append(_mask_check(masked, target))

    def violations(self, request: Message) -> list[Violation]:
        """Returns everything that is wrong with a request."""
        found: list[Violation] = []
        for check in self._checks:
            found.extend(check(request, ""))
        return found

    def _message_checks(self, descriptor: Descriptor, *, updates: bool) -> list[Check]:
        key = (descriptor.full_name, updates)
        if key not in self._building:
            checks: list[Check] = []
            self._building[key] = checks  # before the fields: messages may contain themselves
            for field in descriptor.fields:
                checks.extend(self._field_checks(field, within_update=updates))
        return self._building[key]

    def _field_checks(
        self, field: FieldDescriptor, *, updates: bool = False, within_update: bool = False
    ) -> Iterator[Check]:
        """Yields checks that take the message which has the field, and that message's path."""
        behavior = set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])
        if field_behavior_pb2.OUTPUT_ONLY in behavior:
            return
        name = field.name
        if field_behavior_pb2.IDENTIFIER in behavior:
            if within_update and field.containing_type is not None:
                check = self._resources.check_of_name(field.containing_type)
                yield _required(field)
                yield _each_present(name, [check])
            return
        if field_behavior_pb2.REQUIRED in behavior and not within_update:
            yield _required(field)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            yield _map_check(field)
            return
        value_checks = list(self._value_checks(field, updates=updates))
        if field.is_repeated:
            yield _repeated_check(field, value_checks)
        elif field.has_presence:
            if value_checks:
                yield _present_check(name, value_checks)
        elif value_checks:
            yield _each_present(name, value_checks)

    def _value_checks(self, field: FieldDescriptor, *, updates: bool) -> Iterator[Check]:
        """Yields checks that take one value of the field, and that value's path."""
        rules = field.GetOptions().Extensions[options_pb2.rules]
        if field.message_type is not None:
            yield from self._message_value_checks(field.message_type, rules, updates=updates)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            yield from self._text_value_checks(field, rules)
        elif field.enum_type is not None:
            yield _enum_check(frozenset(field.enum_type.values_by_number))
        elif field.name == "page_size":
            yield _page_size_check
        elif field.cpp_type != FieldDescriptor.CPPTYPE_BOOL:
            if field.cpp_type in _FLOATS:
                yield _finite_check
            yield from _bounds_checks(rules)

    def _message_value_checks(
        self, message: Descriptor, rules: options_pb2.FieldRules, *, updates: bool
    ) -> Iterator[Check]:
        if message is _TIMESTAMP:
            yield _timestamp_check
        elif message is _DURATION:
            yield _duration_check(rules)
        elif message is not _MASK:
            yield _nested_check(self._message_checks(message, updates=updates))

    def _text_value_checks(
        self, field: FieldDescriptor, rules: options_pb2.FieldRules
    ) -> Iterator[Check]:
        limit = (not field.is_repeated and rules.max_size) or MAX_STRING
        if field.type == FieldDescriptor.TYPE_BYTES:
            yield _size_check(limit)
            return
        yield _text_check(limit)
        resource = self._resources.check_of(field)
        if resource is not None:
            yield resource
        info = field.GetOptions().Extensions[field_info_pb2.field_info]
        if info.format == field_info_pb2.FieldInfo.UUID4:
            yield _uuid_check


def _is_resource(field: FieldDescriptor) -> bool:
    message = field.message_type
    return message is not None and bool(message.GetOptions().Extensions[resource_pb2.resource].type)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _run(checks: Sequence[Check], value: Any, path: str) -> Iterator[Violation]:
    for check in checks:
        yield from check(value, path)


def _required(field: FieldDescriptor) -> Check:
    name = field.name
    by_presence = field.has_presence

    def check(message: Message, path: str) -> Iterator[Violation]:
        present = message.HasField(name) if by_presence else bool(getattr(message, name))
        if not present:
            yield Violation(_join(path, name), "is required")

    return check


def _present_check(name: str, checks: Sequence[Check]) -> Check:
    def check(message: Message, path: str) -> Iterator[Violation]:
        if message.HasField(name):
            yield from _run(checks, getattr(message, name), _join(path, name))

    return check


def _each_present(name: str, checks: Sequence[Check]) -> Check:
    def check(message: Message, path: str) -> Iterator[Violation]:
        value = getattr(message, name)
        if value:
            yield from _run(checks, value, _join(path, name))

    return check


def _repeated_check(field: FieldDescriptor, checks: Sequence[Check]) -> Check:
    name = field.name
    limit = field.GetOptions().Extensions[options_pb2.rules].max_size or MAX_ITEMS

    def check(message: Message, path: str) -> Iterator[Violation]:
        values = getattr(message, name)
        if len(values) > limit:
            yield Violation(_join(path, name), f"has {len(values)} elements, more than {limit}")
            return
        for index, value in enumerate(values):
            yield from _run(checks, value, f"{_join(path, name)}[{index}]")

    return check


def _map_check(field: FieldDescriptor) -> Check:
    name = field.name
    text = _text_check(MAX_STRING)

    def check(message: Message, path: str) -> Iterator[Violation]:
        entries = getattr(message, name)
        if len(entries) > MAX_ITEMS:
            yield Violation(_join(path, name), f"has more than {MAX_ITEMS} entries")
            return
        for key, value in entries.items():
            for part in (key, value):
                if isinstance(part, str):
                    yield from text(part, f"{_join(path, name)}[{str(key)[:50]}]")

    return check


def _nested_check(checks: Sequence[Check]) -> Check:
    def check(value: Message, path: str) -> Iterator[Violation]:
        yield from _run(checks, value, path)

    return check


def _text_check(limit: int) -> Check:
    def check(value: str, path: str) -> Iterator[Violation]:
        if len(value) > limit:
            yield Violation(path, f"has {len(value)} characters, more than {limit}")
        elif "\x00" in value:
            yield Violation(path, "contains the character NUL")

    return check


def _size_check(limit: int) -> Check:
    def check(value: bytes, path: str) -> Iterator[Violation]:
        if len(value) > limit:
            yield Violation(path, f"has {len(value)} bytes, more than {limit}")

    return check


def _uuid_check(value: str, path: str) -> Iterator[Violation]:
    if not _UUID4.fullmatch(value):
        yield Violation(path, "is not a version 4 UUID")


def _enum_check(numbers: frozenset[int]) -> Check:
    def check(value: int, path: str) -> Iterator[Violation]:
        if value not in numbers:
            yield Violation(path, f"is {value}, which this server does not know")

    return check


def _finite_check(value: float, path: str) -> Iterator[Violation]:
    if not math.isfinite(value):
        yield Violation(path, "is not a finite number")


def _page_size_check(value: int, path: str) -> Iterator[Violation]:
    if value < 0:
        yield Violation(path, "is negative")


def _bounds_checks(rules: options_pb2.FieldRules) -> Iterator[Check]:
    low = rules.min if rules.HasField("min") else -math.inf
    high = rules.max if rules.HasField("max") else math.inf
    if (low, high) != (-math.inf, math.inf):

        def check(value: float, path: str) -> Iterator[Violation]:
            if value < low:
                yield Violation(path, f"is less than {low:g}")
            elif value > high:
                yield Violation(path, f"is more than {high:g}")

        yield check


def _timestamp_check(value: timestamp_pb2.Timestamp, path: str) -> Iterator[Violation]:
    if not (_EARLIEST <= value.seconds <= _LATEST and 0 <= value.nanos < _NANOS):
        yield Violation(path, "is not a time between the years 1 and 9999")


def _duration_check(rules: options_pb2.FieldRules) -> Check:
    bounds = list(_bounds_checks(rules))

    def check(value: duration_pb2.Duration, path: str) -> Iterator[Violation]:
        seconds, nanos = value.seconds, value.nanos
        if abs(seconds) > _LONGEST or abs(nanos) >= _NANOS or seconds * nanos < 0:
            yield Violation(path, "is not a duration")
        else:
            yield from _run(bounds, seconds + nanos / _NANOS, path)

    return check


def _mask_check(mask: FieldDescriptor, target: FieldDescriptor) -> Check:
    fields = target.message_type.fields_by_name if target.message_type else {}
    mask_name, target_name = mask.name, target.name

    def check(message: Message, _: str) -> Iterator[Violation]:
        paths = set(getattr(message, mask_name).paths)
        if "*" in paths:
            paths = (paths - {"*"}) | {name for name in fields if name not in _NOT_IN_MASKS}
        for path in sorted(paths):
            field = fields.get(path)
            if field is None:
                yield Violation(mask_name, f'has no such field: "{path[:100]}"')
                continue
            behavior = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
            if field_behavior_pb2.REQUIRED in behavior:
                yield from _required(field)(getattr(message, target_name), target_name)

    return check
