"""Reads a release name: title, numbers, tags, group."""

from __future__ import annotations

from functools import lru_cache

from reelhouse_naming.facts import Facts, LibraryKind
from reelhouse_naming.release.films import read_film
from reelhouse_naming.release.noise import is_meaningless
from reelhouse_naming.release.numbers.marks import Form, find_marks
from reelhouse_naming.release.series import read_series
from reelhouse_naming.release.situation import look_at


def read_release(name: str, library: LibraryKind | None = None) -> Facts:
    """Reads one name without folders: of a file, a folder or a release."""
    situation = look_at(name, library)
    marks = find_marks(situation)
    certain = marks.form not in (Form.NONE, Form.ABSOLUTE)
    if not certain and is_meaningless(situation.name.text):
        return Facts(container=situation.extension)
    if marks.form is Form.NONE:
        return read_film(situation)
    return read_series(situation, marks)


@lru_cache(maxsize=1024)
def read_folder(name: str, library: LibraryKind | None = None) -> Facts:
    """Reads the name of a folder; remembers it, because each file in the folder asks again."""
    return read_release(name, library)
