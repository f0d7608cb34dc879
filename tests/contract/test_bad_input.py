"""Whatever callers send, they get the codes of API guide 41, and all wrong fields at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.methods import (
    RPCS,
    Answer,
    FieldDescriptor,
    Rpc,
    behaviors,
    good_request,
    pattern_of,
)
from tests.suite import Suite, shown

BAD = grpc.StatusCode.INVALID_ARGUMENT
NEVER = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}


def caller_for(rpc: Rpc) -> str:
    """Returns a caller who may call a method."""
    return "service" if rpc.level == 4 else "admin"


def texts(message: Any, path: str = "") -> Iterator[tuple[Any, FieldDescriptor, str]]:
    """Yields the text fields that callers set, also in the messages within."""
    for field in message.DESCRIPTOR.fields:
        if 3 in behaviors(field):  # OUTPUT_ONLY
            continue
        here = f"{path}.{field.name}" if path else field.name
        if field.is_repeated or takes_the_place_of_another(message, field):
            continue
        if field.message_type is not None:
            if message.HasField(field.name):
                yield from texts(getattr(message, field.name), here)
        elif field.cpp_type == Field.CPPTYPE_STRING and 8 not in behaviors(field):
            yield message, field, here


def takes_the_place_of_another(message: Any, field: FieldDescriptor) -> bool:
    """Tells whether another field of its oneof is set."""
    oneof = field.containing_oneof
    return oneof is not None and message.WhichOneof(oneof.name) not in (None, field.name)


async def check(suite: Suite, rpc: Rpc, request: Message, fields: set[str]) -> str | None:
    """Calls with a bad request. Returns what is wrong with the answer."""
    answer = await rpc.call(suite, caller_for(rpc), request)
    if answer.code is not BAD or not fields <= set(answer.violations):
        return f"{rpc.name}: {fields} → {answer.code.name} {answer.violations} {answer.message}"
    if "google.rpc.ErrorInfo" not in answer.details or not answer.domain.endswith(".reelhouse"):
        return f"{rpc.name}: no ErrorInfo"
    return None


async def test_texts_that_are_too_long_or_hold_nul(suite: Suite) -> None:
    wrong = []
    for rpc in RPCS:
        for bad in ("x", "a\x00b"):
            request = good_request(rpc)
            fields = list(texts(request))
            # A message may have 4 MB.
            times = min(300_000, 3_000_000 // len(fields)) if fields and bad == "x" else 1
            for message, field, _ in fields:
                setattr(message, field.name, bad * times)
            if fields:
                expected = {path for _, _, path in fields}
                wrong.append(await check(suite, rpc, request, expected))
    assert not [found for found in wrong if found], shown([w for w in wrong if w])


async def test_malformed_names(suite: Suite) -> None:
    wrong = []
    for rpc in RPCS:
        for bad in ("nonsense", "../etc", "libraries//", "-", "users/" + "x" * 64, "a/b/c/d/e/f"):
            request = good_request(rpc)
            named = [(m, f, p) for m, f, p in texts(request) if pattern_of(f)]
            for message, field, _ in named:
                setattr(message, field.name, bad)
            if named:
                expected = {path for _, _, path in named}
                wrong.append(await check(suite, rpc, request, expected))
    assert not [found for found in wrong if found], shown([w for w in wrong if w])


async def test_empty_requests(suite: Suite) -> None:
    wrong = []
    for rpc in RPCS:
        request = rpc.request_type()
        required = {f.name for f in request.DESCRIPTOR.fields if 2 in behaviors(f)}
        if required:
            wrong.append(await check(suite, rpc, request, required))
    assert not [found for found in wrong if found], shown([w for w in wrong if w])


async def test_pages(suite: Suite) -> None:
    wrong = []
    for rpc in RPCS:
        names = rpc.request_type.DESCRIPTOR.fields_by_name
        if "page_size" in names:
            request = good_request(rpc)
            request.page_size = -1
            wrong.append(await check(suite, rpc, request, {"page_size"}))
            for token in ("nonsense", "AAAA", "é", "eyJhIjoxfQ"):
                request = good_request(rpc)
                request.page_token = token
                wrong.append(await check(suite, rpc, request, {"page_token"}))
        if "resume_token" in names:
            request = good_request(rpc)
            request.resume_token = "nonsense"
            wrong.append(await check(suite, rpc, request, {"resume_token"}))
        if "request_id" in names:
            request = good_request(rpc)
            request.request_id = "1234"
            wrong.append(await check(suite, rpc, request, {"request_id"}))
    assert not [found for found in wrong if found], shown([w for w in wrong if w])


async def test_what_does_not_exist_is_not_found(suite: Suite) -> None:
    wrong = []
    for rpc in RPCS:
        request = good_request(rpc)
        named = [p for m, f, p in texts(request) if pattern_of(f) and getattr(m, f.name)]
        verb = rpc.descriptor.name
        if not named or (verb.startswith(("List", "Search")) and "parent" not in named):
            continue
        answer = await rpc.call(suite, caller_for(rpc), request)
        if answer.code is grpc.StatusCode.OK and verb in WITHOUT_EXISTENCE:
            continue
        details = {"google.rpc.ErrorInfo", "google.rpc.ResourceInfo"}
        if answer.code is not grpc.StatusCode.NOT_FOUND or not details <= set(answer.details):
            wrong.append((rpc.name, answer.code.name, answer.reason, answer.message))
    assert not wrong, shown(wrong)


# What playback knows of users is their rows: somebody without any has an empty list.
WITHOUT_EXISTENCE = {
    "DeleteWatchData",
    "ExportHistory",
    "GetProgress",
    "GetWatchStats",
    "ListContinueWatching",
    "ListHistory",
    "ListNextUp",
    # One report that is refused does not end a stream.
    "StreamProgress",
}


async def test_bytes_that_are_no_message(suite: Suite) -> None:
    for rpc in RPCS:
        answer = await rpc.call(suite, caller_for(rpc), b"\xff\xff\xff\xff")
        assert answer.code is BAD, rpc.name


@pytest.mark.timeout(120)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_arbitrary_messages_never_break_a_server(suite: Suite, data: Any) -> None:
    tried = []
    for rpc in data.draw(st.lists(st.sampled_from(RPCS), min_size=8, max_size=8, unique=True)):
        request = _arbitrary(data, rpc.request_type, 0)
        tried.append((rpc, request, await rpc.call(suite, caller_for(rpc), request)))
    wrong: list[tuple[str, str, Answer]] = [
        (rpc.name, str(request), answer) for rpc, request, answer in tried if answer.code in NEVER
    ]
    assert not wrong, shown(wrong)


def _arbitrary(data: Any, kind: Any, depth: int) -> Any:
    """Returns a message with arbitrary values in any of its fields."""
    message = kind()
    for field in message.DESCRIPTOR.fields:
        if not data.draw(st.booleans()):
            continue
        if field.message_type is not None:
            entry = field.message_type.GetOptions().map_entry
            if depth > 3 or entry or field.is_repeated:
                continue
            nested = _arbitrary(data, type(getattr(message, field.name)), depth + 1)
            getattr(message, field.name).CopyFrom(nested)
            continue
        value = data.draw(_values(field))
        if field.is_repeated:
            getattr(message, field.name).extend([value] * data.draw(st.integers(0, 3)))
        else:
            setattr(message, field.name, value)
    return message


def _values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    kinds: dict[int, st.SearchStrategy[Any]] = {
        Field.TYPE_STRING: st.one_of(
            st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
            st.just("users/me"),
            st.just(pattern_of(field).replace("{", "").replace("}", "")),
        ),
        Field.TYPE_BYTES: st.binary(max_size=40),
        Field.TYPE_BOOL: st.booleans(),
        Field.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
        Field.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
        Field.TYPE_DOUBLE: st.floats(),
        Field.TYPE_ENUM: st.integers(-5, 200),
        Field.TYPE_UINT32: st.integers(0, 2**32 - 1),
    }
    return kinds[field.type]


async def test_a_server_under_bad_input_goes_on_serving(suite: Suite) -> None:
    rpc = next(rpc for rpc in RPCS if rpc.name == "TitleService.ListTitles")
    await asyncio.gather(*(rpc.call(suite, "admin", os.urandom(200)) for _ in range(100)))
    assert (await rpc.call(suite, "admin", good_request(rpc))).code is grpc.StatusCode.OK
