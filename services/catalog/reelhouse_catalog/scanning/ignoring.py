"""What scans pass over: globs as .gitignore has them, of the library and of files in its folders.

Files that users of other servers have are understood: `.ignore` as Jellyfin and `.plexignore` as
Plex read it, `.nomedia` as Android has it. Anything in them is a stranger's: the globs are matched
by RE2, which no glob can keep busy. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

NO_MEDIA = b".nomedia"
"""A folder with such a file is passed over, whatever is in the file."""
EMPTY_MEANS_ALL = b".ignore"
"""A folder with an empty one is passed over."""
FILES = (b".reelhouseignore", b".plexignore", EMPTY_MEANS_ALL)
MAX_BYTES = 64 * 1024
MAX_LINES = 1000
MAX_PATTERN = 500


@dataclass(frozen=True, slots=True)
class _Layer:
    base: str
    globs: GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class Rules:
    """The globs that count in a folder: those of deeper folders win."""

    layers: tuple[_Layer, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Rules:
        """Returns the rules of a library."""
        return cls().extended("", patterns)

    def extended(self, base: str, patterns: Iterable[str]) -> Rules:
        """Returns these rules and those of a file in a folder; what is no glob is left out.

        Args:
            base: The folder, as `shown_path` gives it, with "/" at the end; empty for the root.
            patterns: The lines of the file.
        """
        good = [line for line in patterns if problem(line) is None]
        if not good:
            return self
        globs = GitIgnoreSpec.from_lines(good, backend="re2")
        return Rules((*self.layers, _Layer(base, globs)))

    def ignore(self, path: str, *, folder: bool) -> bool:
        """Tells whether a file or folder is passed over, by its path as `shown_path` gives it."""
        for layer in reversed(self.layers):
            own = path[len(layer.base) :] + ("/" if folder else "")
            found = layer.globs.check_file(own).include
            if found is not None:
                return found
        return False


def lines(content: bytes) -> list[str]:
    """Returns the lines of an ignore file."""
    return content[:MAX_BYTES].decode("utf-8", "replace").splitlines()[:MAX_LINES]


def problem(pattern: str) -> str | None:
    """Returns what is wrong with a glob."""
    if len(pattern) > MAX_PATTERN:
        return f"has {len(pattern)} characters, more than {MAX_PATTERN}"
    try:
        GitIgnoreSpecPattern(pattern)
    except Exception:  # noqa: BLE001 # the library's errors and those of re have no common base
        return "is not a glob as .gitignore has them"
    return None
