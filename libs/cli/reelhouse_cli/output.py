"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Where nobody looks at a screen there is no edge to wrap at.
_WIDTH = None if sys.stdout.isatty() else 10_000
console = Console(highlight=False, soft_wrap=True, width=_WIDTH)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Prints a JSON document; a list is one document, too."""
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False, sort_keys=False)
    sys.stdout.write("\n")


def print_line(document: Any) -> None:
    """Prints a JSON document on one line: one of a stream."""
    json.dump(document, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints rows under headings; numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    listed = [[("" if cell is None else cell) for cell in row] for row in rows]
    for index, column in enumerate(columns):
        numbers = bool(listed) and all(isinstance(row[index], int | float) for row in listed)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in listed:
        table.add_row(*(_text(cell) for cell in row))
    console.print(table)


def verbatim(text: str) -> Text:
    """Returns a text that is printed as it stands, brackets and all."""
    return Text(text)


def _text(cell: object) -> str | Text:
    if isinstance(cell, Text):
        return cell
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def clock(seconds: float) -> str:
    """Returns a length of time as people write it: "1:02:03"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: int) -> str:
    """Returns a number of bytes as people write it: "1.4 GB"."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 # the step between units
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
