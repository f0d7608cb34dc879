"""What a naming template is, and which one names what. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reelhouse_kit.errors import Violation
from reelhouse_kit.names import ResourceName
from reelhouse_naming.rendering import (
    DEFAULT_TEMPLATES,
    MAX_TEMPLATE,
    Template,
    TemplateError,
    TemplateKind,
    compile_template,
)

NAMING_TEMPLATE = ResourceName(
    "catalog.reelhouse/NamingTemplate", "namingTemplates/{naming_template}"
)
_VERSION = "{ - Version Label}"


@dataclass(frozen=True, slots=True)
class NamingTemplate:
    """A template, as it is stored or came with the server."""

    id: UUID | None
    """None for those that came with the server."""
    kind: TemplateKind
    template: str
    name: str
    library_id: UUID | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 0

    @property
    def built_in(self) -> bool:
        """Whether it came with the server."""
        return self.id is None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return NAMING_TEMPLATE.format(self.id or self.kind.replace("_", "-"))


BUILT_IN: Mapping[str, NamingTemplate] = {
    found.resource: found
    for kind, text in DEFAULT_TEMPLATES.items()
    for found in [NamingTemplate(None, kind, text, kind.replace("_", " ").capitalize())]
}
"""What came with the server, by resource name."""


def problem(text: str, field: str) -> list[Violation]:
    """Returns what is wrong with a template."""
    try:
        compile_template(text)
    except TemplateError as error:
        return [Violation(field, str(error))]
    return []


class Templates:
    """The templates that name the files of one library."""

    def __init__(
        self, stored: Iterable[NamingTemplate], chosen: Mapping[TemplateKind, str] | None = None
    ) -> None:
        """Takes the templates of the library and those for all.

        Args:
            stored: What people wrote, for this library and for all.
            chosen: What is used instead, by kind. All of it can be read.
        """
        written: dict[TemplateKind, str] = {}
        # A library's own win.
        for found in sorted(stored, key=lambda one: one.library_id is not None):
            written[found.kind] = found.template
        written |= chosen or {}
        movie = written.get(TemplateKind.MOVIE)
        if movie is not None and TemplateKind.MOVIE_VERSION not in written:
            written[TemplateKind.MOVIE_VERSION] = with_version(movie)
        self._texts = {**DEFAULT_TEMPLATES, **written}

    def of(self, kind: TemplateKind) -> Template:
        """Returns the template for a kind."""
        return compile_template(self._texts[kind])


def with_version(text: str) -> str:
    """Returns a template for films with what tells copies apart at its end."""
    longer = text + _VERSION
    if compile_template(text).says("Version Label") or len(longer) > MAX_TEMPLATE:
        return text
    return text if problem(longer, "") else longer
