from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    media_file_service_pb2,
    title_service_pb2,
)
from reelhouse.playback.v1 import playback_service_pb2, progress_service_pb2, session_pb2
from reelhouse.requests.v1 import user_pb2, user_service_pb2
from reelhouse_kit.rpc.validate import Resources, Validator


def problems(request: Message) -> dict[str, str]:
    resources = Resources()
    for module in (
        library_service_pb2,
        media_file_service_pb2,
        title_service_pb2,
        playback_service_pb2,
        progress_service_pb2,
        session_pb2,
        user_service_pb2,
    ):
        resources.add_file(module.DESCRIPTOR)
    descriptor: Any = request.DESCRIPTOR
    validator = Validator(descriptor, resources)
    return {v.field: v.description for v in validator.violations(request)}


def test_a_good_request_has_no_violations() -> None:
    library = library_pb2.Library(
        display_name="Films", kind=library_pb2.Library.KIND_MOVIE, root_path="/films"
    )
    assert not problems(library_service_pb2.CreateLibraryRequest(library=library))


def test_all_violations_are_found_at_once() -> None:
    library = library_pb2.Library(
        display_name="x" * 201,
        root_path="/a\x00b",
        scan_interval=Duration(seconds=-1),
        kind=99,  # type: ignore[arg-type]
        etag="e" * 2000,
    )
    found = problems(
        library_service_pb2.CreateLibraryRequest(library=library, request_id="not-a-uuid")
    )
    assert found.keys() == {
        "library.display_name",
        "library.root_path",
        "library.scan_interval",
        "library.kind",
        "library.etag",
        "request_id",
    }


def test_what_only_the_server_sets_is_ignored() -> None:
    library = library_pb2.Library(
        name="whatever",
        display_name="Films",
        kind=library_pb2.Library.KIND_MOVIE,
        root_path="/films",
    )
    library.create_time.seconds = 2**62
    assert not problems(library_service_pb2.CreateLibraryRequest(library=library))


def test_required_messages_and_fields() -> None:
    assert problems(library_service_pb2.CreateLibraryRequest()) == {"library": "is required"}
    found = problems(library_service_pb2.CreateLibraryRequest(library=library_pb2.Library()))
    assert set(found) == {"library.display_name", "library.kind", "library.root_path"}


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("libraries/019a0000-0000-7000-8000-000000000000", True),
        ("libraries/films", True),
        ("libraries/", False),
        ("libraries/Films", False),
        ("libraries/a/b", False),
        ("titles/a", False),
        ("libraries/" + "a" * 64, False),
        ("libraries/-", False),
        ("libraries/a\n", False),
    ],
)
def test_resource_names(name: str, good: bool) -> None:
    found = problems(library_service_pb2.GetLibraryRequest(name=name))
    assert bool(found) is not good


def test_a_parent_may_be_any() -> None:
    assert not problems(library_service_pb2.ListScansRequest(parent="libraries/-"))
    assert problems(library_service_pb2.ListScansRequest(parent="-/films"))


@pytest.mark.parametrize(
    "item", ["titles/a/episodes/b", "titles/a/tracks/b", "mediaFiles/a", "titles/a", "nonsense"]
)
def test_resources_with_names_of_several_forms(item: str) -> None:
    request = progress_service_pb2.GetProgressRequest(parent="users/me", item=item)
    assert ("item" in problems(request)) == (item in ("titles/a", "nonsense"))


def test_repeated_fields_tell_which_element() -> None:
    names = ["mediaFiles/a", "bad", "mediaFiles/b", "bad/again"]
    found = problems(media_file_service_pb2.BatchGetMediaFilesRequest(names=names))
    assert set(found) == {"names[1]", "names[3]"}
    many = media_file_service_pb2.BatchGetMediaFilesRequest(names=["mediaFiles/a"] * 101)
    assert set(problems(many)) == {"names"}


def test_updates_name_their_resource_and_mask_known_fields() -> None:
    update = library_service_pb2.UpdateLibraryRequest(
        library=library_pb2.Library(display_name="x"),
        update_mask=FieldMask(paths=["display_name", "colour"]),
    )
    assert set(problems(update)) == {"library.name", "update_mask"}


def test_a_mask_of_everything_wants_what_is_required() -> None:
    update = library_service_pb2.UpdateLibraryRequest(
        library=library_pb2.Library(name="libraries/films", root_path="/films"),
        update_mask=FieldMask(paths=["*"]),
    )
    assert set(problems(update)) == {"library.display_name", "library.kind"}


def test_an_update_may_leave_required_fields_out_but_not_clear_them() -> None:
    update = library_service_pb2.UpdateLibraryRequest(
        library=library_pb2.Library(name="libraries/a", display_name="x")
    )
    assert not problems(update)
    update.update_mask.paths.append("root_path")
    assert set(problems(update)) == {"library.root_path"}


def test_bad_times_and_numbers() -> None:
    update = user_service_pb2.CreateApiTokenRequest(
        parent="users/me", api_token=user_pb2.ApiToken(display_name="x")
    )
    update.api_token.expire_time.seconds = 2**60
    assert set(problems(update)) == {"api_token.expire_time"}
    listing = title_service_pb2.ListTitlesRequest(page_size=-1)
    assert set(problems(listing)) == {"page_size"}
    report = playback_service_pb2.ReportProgressRequest(name="sessions/a")
    report.position.seconds, report.position.nanos = 1, -1
    assert set(problems(report)) == {"position"}
