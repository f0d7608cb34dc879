"""Shows what becomes of a tree of files when some get other paths. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that gets another path; both are relative, with "/" between their parts."""

    before: str
    after: str
    remark: str = ""


class Style(StrEnum):
    """How a change of a tree is shown."""

    UNIFIED = "unified"
    SIDE_BY_SIDE = "side-by-side"
    MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to print. Its sign is "-" for what goes, "+" for what comes, else a space."""

    sign: str
    text: str
    other: str = ""
    """What stands beside it, where two trees are shown."""


@dataclass(slots=True)
class _Folder:
    before: bool = False
    after: bool = False
    folders: dict[str, _Folder] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)


def lines(changes: Sequence[Changed], style: Style) -> Iterator[Line]:
    """Yields the lines that show changes."""
    if style is Style.UNIFIED:
        yield from _unified(_tree(changes), 0)
    elif style is Style.SIDE_BY_SIDE:
        yield from _side_by_side(changes)
    else:
        yield from (Line(" ", _minimal(change)) for change in changes)


def groups(changes: Iterable[Changed]) -> dict[str, list[Changed]]:
    """Returns changes by the first folder of the new path; those of none under ""."""
    found: dict[str, list[Changed]] = {}
    for change in changes:
        first, slash, _ = change.after.partition("/")
        found.setdefault(first if slash else "", []).append(change)
    return dict(sorted(found.items()))


def _tree(changes: Iterable[Changed]) -> _Folder:
    root = _Folder()
    for change in changes:
        for sign, path in (("-", change.before), ("+", change.after)):
            *folders, name = path.split("/")
            place = root
            for folder in folders:
                place = place.folders.setdefault(folder, _Folder())
                place.before |= sign == "-"
                place.after |= sign == "+"
            remark = f"  ({change.remark})" if sign == "+" and change.remark else ""
            place.files.append((sign, name + remark))
    return root


def _unified(folder: _Folder, depth: int) -> Iterator[Line]:
    indent = "  " * depth
    for name, inner in sorted(folder.folders.items()):
        sign = " " if inner.before and inner.after else "-" if inner.before else "+"
        yield Line(sign, f"{indent}{name}/")
        yield from _unified(inner, depth + 1)
    for sign, name in sorted(folder.files, key=lambda file: (file[1], file[0])):
        yield Line(sign, indent + name)


def _side_by_side(changes: Iterable[Changed]) -> Iterator[Line]:
    folders: tuple[str, str] | None = None
    for change in sorted(changes, key=lambda one: (one.before, one.after)):
        (old, old_name), (new, new_name) = _split(change.before), _split(change.after)
        if (old, new) != folders:
            folders = (old, new)
            yield Line(" ", f"{old or '.'}/", f"{new or '.'}/")
        remark = f"  ({change.remark})" if change.remark else ""
        yield Line(" ", f"  {old_name}", f"  {new_name}{remark}")


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _minimal(change: Changed) -> str:
    """Writes a change with what both paths begin with once: "Show/{a.mkv → Season 1/b.mkv}"."""
    old, new = change.before.split("/"), change.after.split("/")
    same = 0
    while same < min(len(old), len(new)) - 1 and old[same] == new[same]:
        same += 1
    shared, left, right = "/".join(old[:same]), "/".join(old[same:]), "/".join(new[same:])
    text = f"{shared}/{{{left} → {right}}}" if shared else f"{left} → {right}"
    return f"{text}  ({change.remark})" if change.remark else text
