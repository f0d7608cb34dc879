"""How many names a second are read, and how long the worst hostile name takes.

The names are those of the workplace's cases;
without them a few of our own kinds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from reelhouse_naming import LibraryKind, parse
from tests.bench.figures import Figure

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "naming"
OWN_NAMES = [
    "Show.Name.2019.S01E02.Title.1080p.AMZN.WEB-DL.DDP5.1.H.264-GRP.mkv",
    "[Group] Anime Title - 05v2 (1080p) [ABCD1234].mkv",
    "Some.Film.Extended.Cut.1999.2160p.UHD.BluRay.x265.10bit.HDR.TrueHD.7.1.Atmos-GRP",
    "Late.Show.2015.03.04.Some.Guest.720p.HDTV.x264-GRP",
]
OWN_PATHS = ["Show Name (2010)/Season 01/02 - Title.mkv", "Film (1999)/Film.1999.1080p.mkv"]

LENGTH = 10_000
HOSTILE = ["1 ", "[", "S01E01", "season 1 ", "1-", "web-", "a/", "german ", "\ufdfa", "2010.10.10."]
SECONDS = 1.0
ROUNDS = 5


def load(file: str, key: str, fallback: list[str]) -> list[str]:
    path = CASES / file
    if not path.exists():
        return fallback
    return [case[key] for case in json.loads(path.read_text("utf-8"))]


def rate(names: list[str], read: Callable[[str], object]) -> float:
    """Returns names per second: the best round of those that fit into about a second."""
    best = float("inf")
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        for name in names:
            read(name)
        best = min(best, time.perf_counter() - start)
    return len(names) / best


def worst_hostile() -> float:
    """Returns milliseconds for the slowest hostile name; of each the best round."""
    times = []
    for piece in HOSTILE:
        name = (piece * LENGTH)[:LENGTH]
        for library in (None, *LibraryKind):
            rounds = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                parse(name, library=library)
                rounds.append(time.perf_counter() - start)
            times.append(min(rounds))
    return max(times) * 1000


def run() -> list[Figure]:
    """Measures on one core."""
    releases = load("cases.json", "name", OWN_NAMES)
    paths = load("paths.json", "input", OWN_PATHS)
    of_paths = rate(paths, lambda path: parse(path, library=LibraryKind.TV))
    return [
        Figure("release names read", f"{rate(releases, parse):,.0f} /s", aim="at least 2,000 /s"),
        Figure("paths read", f"{of_paths:,.0f} /s", aim="at least 2,000 /s"),
        Figure("the worst hostile name", f"{worst_hostile():.1f} ms", aim="at most 10 ms"),
    ]
