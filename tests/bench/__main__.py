"""`make bench`: what Reelhouse costs, against bare baselines of the same run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    decisions,
    delivery,
    memory,
    naming,
    organizing,
    progress,
    rpc,
    scale,
    scanning,
)
from tests.bench.figures import Figure
from tests.e2e.house import house
from tests.media import Media


def measure() -> list[Figure]:
    """Runs every benchmark."""
    figures = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        house(REELHOUSE_CATALOG_THROTTLE="false") as made,
        made.up(),
    ):
        folder = Path(scratch)
        folder.chmod(0o755)
        figures += memory.run(made)
        made.json("demo")
        figures += rpc.run(made)
        figures += progress.run(made)
        figures += scanning.run(made, Media(folder / "kept"), folder / "films")
        figures += scale.run(made, folder)
    return figures + decisions.run() + delivery.run() + naming.run() + organizing.run()


def main() -> None:
    """Prints a table."""
    table = Table("what", "figure", "baseline", "ratio", "aim", box=None)
    for figure in measure():
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        table.add_row(figure.what, figure.value, figure.baseline, ratio, figure.aim)
    Console(width=160, highlight=False).print(table)


if __name__ == "__main__":
    main()
