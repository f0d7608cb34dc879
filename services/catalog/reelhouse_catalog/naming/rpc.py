"""NamingService."""

from __future__ import annotations

from uuid import UUID

from google.protobuf.empty_pb2 import Empty

from reelhouse.catalog.v1 import (
    naming_plan_pb2,
    naming_service_pb2,
    naming_service_pb2_grpc,
    naming_template_pb2,
)
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.libraries.rpc import kind_of as library_kind_of
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.naming import usecases
from reelhouse_catalog.naming.messages import (
    kind_of,
    kind_to_message,
    parsed_to_message,
    proposals_to_message,
    reason_to_message,
    rules_of,
    subject_of,
    template_to_message,
)
from reelhouse_catalog.naming.model import problem
from reelhouse_catalog.organizing import usecases as organizing
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_naming import parse
from reelhouse_naming.rendering import (
    TemplateKind,
    UnnamableError,
    compile_template,
)

_Reason = naming_plan_pb2.ProposedName


class NamingServicer(naming_service_pb2_grpc.NamingServiceServicer):
    """Reads names, and gives them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ParseName(
        self, request: naming_service_pb2.ParseNameRequest, context: Context
    ) -> naming_service_pb2.ParseNameResponse:
        facts = parse(request.path, library=library_kind_of(request.kind))
        return naming_service_pb2.ParseNameResponse(parsed_name=parsed_to_message(facts))

    async def GetNamingTemplate(
        self, request: naming_service_pb2.GetNamingTemplateRequest, context: Context
    ) -> naming_template_pb2.NamingTemplate:
        return template_to_message(await usecases.get_naming_template(self._database, request.name))

    async def ListNamingTemplates(
        self, request: naming_service_pb2.ListNamingTemplatesRequest, context: Context
    ) -> naming_service_pb2.ListNamingTemplatesResponse:
        page = paging.page_of(request, int, UUID)
        after = (page.after[0], page.after[1]) if page.after else None
        library_id = LIBRARY.parse_one(request.library) if request.library else None
        found = await usecases.list_naming_templates(self._database, library_id, after, page.limit)
        rows, token = page.cut(found, key=usecases.position)
        return naming_service_pb2.ListNamingTemplatesResponse(
            naming_templates=[template_to_message(row) for row in rows], next_page_token=token
        )

    async def CreateNamingTemplate(
        self, request: naming_service_pb2.CreateNamingTemplateRequest, context: Context
    ) -> naming_template_pb2.NamingTemplate:
        message = request.naming_template
        return template_to_message(
            await usecases.create_naming_template(
                self._database,
                kind=kind_of(message.kind) or TemplateKind.MOVIE,
                template=message.template,
                name=message.display_name,
                library_id=LIBRARY.parse_one(message.library) if message.library else None,
                once=Once.of(request),
            )
        )

    async def UpdateNamingTemplate(
        self, request: naming_service_pb2.UpdateNamingTemplateRequest, context: Context
    ) -> naming_template_pb2.NamingTemplate:
        message = request.naming_template
        library_id = LIBRARY.parse_one(message.library) if message.library else None
        values: dict[str, tuple[str, object]] = {
            "kind": ("kind", kind_of(message.kind)),
            "template": ("template", message.template),
            "display_name": ("name", message.display_name),
            "library": ("library_id", library_id),
        }
        changes = dict(values[field] for field in changed_fields(message, request.update_mask))
        return template_to_message(
            await usecases.update_naming_template(
                self._database, message.name, changes, message.etag
            )
        )

    async def DeleteNamingTemplate(
        self, request: naming_service_pb2.DeleteNamingTemplateRequest, context: Context
    ) -> Empty:
        await usecases.delete_naming_template(self._database, request.name, request.etag)
        return Empty()

    async def RenderName(
        self, request: naming_service_pb2.RenderNameRequest, context: Context
    ) -> naming_service_pb2.RenderNameResponse:
        violations = problem(request.template, "template") if request.template else []
        subject = request.WhichOneof("subject")
        kind = kind_of(request.kind)
        if subject is None:
            violations.append(errors.Violation("facts", "or media_file is required"))
        if subject == "facts" and not request.template and kind is None:
            violations.append(errors.Violation("kind", "or template is required with facts"))
        if violations:
            raise errors.InvalidArgumentError(violations)
        if subject == "media_file":
            return await self._render_file(request)
        templates = await usecases.templates_for(self._database, None)
        text = request.template or templates.of(kind or TemplateKind.MOVIE).text
        answer = naming_service_pb2.RenderNameResponse(template=text, kind=kind_to_message(kind))
        try:
            answer.path = compile_template(text).render(subject_of(request.facts))
        except UnnamableError:
            answer.reason = _Reason.REASON_UNNAMABLE
        return answer

    async def _render_file(
        self, request: naming_service_pb2.RenderNameRequest
    ) -> naming_service_pb2.RenderNameResponse:
        found = await organizing.name_file(
            self._database,
            MEDIA_FILE.parse_one(request.media_file),
            compile_template(request.template) if request.template else None,
        )
        return naming_service_pb2.RenderNameResponse(
            path=found.new_path,
            template=found.template,
            kind=kind_to_message(found.kind),
            reason=reason_to_message(found),
        )

    async def ProposeNames(
        self, request: naming_service_pb2.ProposeNamesRequest, context: Context
    ) -> naming_service_pb2.ProposeNamesResponse:
        page = paging.page_of(request, UUID)
        rules, chosen = rules_of(request.plan, "plan")
        found = await organizing.propose_names(
            self._database,
            LIBRARY.parse_one(request.library),
            rules,
            chosen,
            after=page.after[0] if page.after else None,
            limit=page.limit,
        )
        rows, token = page.cut(found, key=lambda one: (one.file_id,))
        return naming_service_pb2.ProposeNamesResponse(
            proposed_names=proposals_to_message(rows), next_page_token=token
        )
