"""Writes names: templates with placeholders, in the notation of Sonarr and Radarr, to legal paths.

`compile_template` reads a template once; `Template.render` makes a path of what is known of a file.

Where to look for a change:

- `placeholders`: what can be said in a name, and how it is spelled.
- `language`: the notation.
- `template`: putting a name together: what vanishes, what is shortened.
- `legal`: what file systems allow.
- `defaults`: the templates that are used where nobody wrote another.
"""

from __future__ import annotations

from reelhouse_naming.rendering.defaults import DEFAULT_TEMPLATES, TemplateKind
from reelhouse_naming.rendering.language import MAX_TEMPLATE, TemplateError
from reelhouse_naming.rendering.legal import MAX_COMPONENT, cut, is_legal, safe_component
from reelhouse_naming.rendering.placeholders import PLACEHOLDERS, Subject
from reelhouse_naming.rendering.template import Template, UnnamableError, compile_template

__all__ = [
    "DEFAULT_TEMPLATES",
    "MAX_COMPONENT",
    "MAX_TEMPLATE",
    "PLACEHOLDERS",
    "Subject",
    "Template",
    "TemplateError",
    "TemplateKind",
    "UnnamableError",
    "compile_template",
    "cut",
    "is_legal",
    "safe_component",
]
