"""Naming templates: who may write which, and what they make of names."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    library_service_pb2,
    library_service_pb2_grpc,
    naming_plan_pb2,
    naming_service_pb2,
    naming_service_pb2_grpc,
    naming_template_pb2,
)
from reelhouse_naming.rendering import DEFAULT_TEMPLATES
from tests.contract.expect import ABORTED, EXISTS, INVALID, NOT_FOUND, PRECONDITION, error
from tests.media import Media
from tests.suite import Client, Suite

_Template = naming_template_pb2.NamingTemplate
_Facts = naming_template_pb2.NameFacts
_Reason = naming_plan_pb2.ProposedName


@pytest.fixture
def naming(suite: Suite) -> Client:
    return suite.stub(naming_service_pb2_grpc, "NamingService", "admin")


def creating(**values: object) -> naming_service_pb2.CreateNamingTemplateRequest:
    template = _Template(**{"kind": _Template.KIND_MOVIE, "template": "{Title}", **values})  # type: ignore[arg-type]
    return naming_service_pb2.CreateNamingTemplateRequest(naming_template=template)


def updating(
    before: naming_template_pb2.NamingTemplate, *paths: str, **values: object
) -> naming_service_pb2.UpdateNamingTemplateRequest:
    wanted = _Template(name=before.name, **values)  # type: ignore[arg-type]
    return naming_service_pb2.UpdateNamingTemplateRequest(
        naming_template=wanted, update_mask=FieldMask(paths=paths)
    )


async def listed(naming: Client, **values: object) -> list[naming_template_pb2.NamingTemplate]:
    found: list[naming_template_pb2.NamingTemplate] = []
    token = ""
    while True:
        page = await naming.ListNamingTemplates(
            naming_service_pb2.ListNamingTemplatesRequest(page_size=3, page_token=token, **values)  # type: ignore[arg-type]
        )
        assert len(page.naming_templates) <= 3
        found += page.naming_templates
        token = page.next_page_token
        if not token:
            return found


async def test_the_built_in_templates_are_there_and_stay(naming: Client) -> None:
    found = await listed(naming)
    assert [one.template for one in found] == list(DEFAULT_TEMPLATES.values())
    assert all(one.built_in for one in found)
    assert found[1].name == "namingTemplates/movie-version"
    get = naming_service_pb2.GetNamingTemplateRequest(name=found[1].name)
    assert await naming.GetNamingTemplate(get) == found[1]
    with error(PRECONDITION, "NAMING_TEMPLATE_BUILT_IN"):
        await naming.UpdateNamingTemplate(updating(found[0], "template", template="{Title}"))
    with error(PRECONDITION, "NAMING_TEMPLATE_BUILT_IN"):
        await naming.DeleteNamingTemplate(
            naming_service_pb2.DeleteNamingTemplateRequest(name=found[0].name)
        )


async def test_templates_live_and_end(naming: Client) -> None:
    request = creating(display_name="Mine")
    request.request_id = str(uuid4())
    made = await naming.CreateNamingTemplate(request)
    assert (made.kind, made.template, made.built_in) == (_Template.KIND_MOVIE, "{Title}", False)
    assert await naming.CreateNamingTemplate(request) == made
    with error(EXISTS, "NAMING_TEMPLATE_EXISTS"):
        await naming.CreateNamingTemplate(creating())
    assert (await listed(naming))[-1] == made
    changed = await naming.UpdateNamingTemplate(
        updating(made, "template", template="{Movie Title}", etag=made.etag)
    )
    assert (changed.template, changed.display_name) == ("{Movie Title}", "Mine")
    with error(ABORTED, "ETAG_MISMATCH"):
        await naming.UpdateNamingTemplate(updating(made, template="{Title}", etag=made.etag))
    delete = naming_service_pb2.DeleteNamingTemplateRequest(name=made.name, etag=changed.etag)
    await naming.DeleteNamingTemplate(delete)
    with error(NOT_FOUND):
        await naming.DeleteNamingTemplate(delete)
    await naming.CreateNamingTemplate(creating())


async def test_a_template_that_cannot_be_read_is_refused(naming: Client) -> None:
    with error(INVALID) as _:
        await naming.CreateNamingTemplate(creating(template="{Titel}"))
    made = await naming.CreateNamingTemplate(creating())
    wrong = updating(made, "template", "kind", template="x/y", kind=_Template.KIND_TRACK)
    with error(INVALID):
        await naming.UpdateNamingTemplate(wrong)
    with error(NOT_FOUND):
        await naming.CreateNamingTemplate(creating(library=f"libraries/{uuid4()}"))


async def test_facts_are_rendered(naming: Client) -> None:
    async def path(**values: object) -> str:
        request = naming_service_pb2.RenderNameRequest(**values)  # type: ignore[arg-type]
        return str((await naming.RenderName(request)).path)

    film = _Facts(title="Film", year=1999, original_name="x.MKV")
    assert await path(kind=_Template.KIND_MOVIE, facts=film) == "Film (1999)/Film (1999).MKV"
    assert await path(template="{Year}/{Title}", facts=film) == "1999/Film.MKV"
    day = _Facts(title="Show", air_date="2011-11-15")
    assert await path(template="{Title} {Air.Date}", facts=day) == "Show 2011.11.15"
    request = naming_service_pb2.RenderNameRequest(template="{Edition}", facts=film)
    assert (await naming.RenderName(request)).reason == _Reason.REASON_UNNAMABLE
    for wrong in (
        {"facts": film},
        {"kind": _Template.KIND_MOVIE},
        {"template": "{", "facts": film},
        {"template": "{Title}", "facts": _Facts(air_date="2011-31-31")},
    ):
        with error(INVALID):
            await path(**wrong)


@pytest.mark.timeout(120)
async def test_names_are_proposed(
    suite: Suite, naming: Client, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    for name in ("one.2001.mkv", "Two (2002)/Two (2002).mkv", "random.mkv"):
        media.film(root / name)
    async with suite.workers():
        library = await suite.library(root)
    files = await suite.files()

    async def proposed(**plan: object) -> dict[str, naming_plan_pb2.ProposedName]:
        found: dict[str, naming_plan_pb2.ProposedName] = {}
        token = ""
        while True:
            request = naming_service_pb2.ProposeNamesRequest(
                library=library,
                plan=naming_plan_pb2.NamingPlan(**plan),  # type: ignore[arg-type]
                page_size=1,
                page_token=token,
            )
            page = await naming.ProposeNames(request)
            found |= {one.path: one for one in page.proposed_names}
            token = page.next_page_token
            if not token:
                return found

    # Files this small wait for a look.
    found = await proposed()
    assert {one.reason for one in found.values()} == {_Reason.REASON_PENDING_REVIEW}
    found = await proposed(include_pending_reviews=True)
    assert found["one.2001.mkv"].new_path == "one (2001)/one (2001).mkv"
    assert found["one.2001.mkv"].title
    assert found["Two (2002)/Two (2002).mkv"].in_place
    assert found["random.mkv"].reason == _Reason.REASON_LOW_CONFIDENCE
    found = await proposed(include_pending_reviews=True, min_confidence=0.0)
    assert found["random.mkv"].new_path == "random/random.mkv"
    one = files["one.2001.mkv"].name
    assert list(await proposed(media_files=[one])) == ["one.2001.mkv"]
    title = found["Two (2002)/Two (2002).mkv"].title
    assert list(await proposed(titles=[title])) == ["Two (2002)/Two (2002).mkv"]
    assert set(await proposed(titles=[title], media_files=[one])) == {*found} - {"random.mkv"}
    choice = naming_plan_pb2.NamingPlan.Choice(kind=_Template.KIND_MOVIE, template="{Year}/{Title}")
    found = await proposed(media_files=[one], choices=[choice], include_pending_reviews=True)
    assert found["one.2001.mkv"].new_path == "2001/one.mkv"
    with error(INVALID):
        await proposed(choices=[choice, choice])
    with error(INVALID):
        await proposed(
            choices=[naming_plan_pb2.NamingPlan.Choice(kind=_Template.KIND_MOVIE, template="{}")]
        )
    await naming.CreateNamingTemplate(creating(template="all/{Title}"))
    mine = await naming.CreateNamingTemplate(creating(template="mine/{Title}", library=library))
    assert await listed(naming, library=library) == [mine]
    rendered = await naming.RenderName(naming_service_pb2.RenderNameRequest(media_file=one))
    assert (rendered.path, rendered.kind) == ("mine/one.mkv", _Template.KIND_MOVIE)
    rendered = await naming.RenderName(
        naming_service_pb2.RenderNameRequest(media_file=one, template="{Title}{-Year}")
    )
    assert rendered.path == "one-2001.mkv"
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
    await libraries.DeleteLibrary(
        library_service_pb2.DeleteLibraryRequest(name=library, force=True)
    )
    assert await listed(naming, library=library) == []
