"""Scanning against a bare loop that only probes, and scanning again against `find`."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import av

from tests.bench.figures import Figure
from tests.e2e.house import House
from tests.media import Media

FILMS = 5_000
ALBUMS, TRACKS = 10_000, 10
PROBERS = 2


def make(root: Path, media: Media) -> None:
    """Makes films that are small and all different: their names and some bytes at the end."""
    original = media.film(root.parent / "original.mp4").read_bytes()
    for number in range(FILMS):
        name = f"Film {number:05} ({1950 + number % 70})"
        folder = root / name
        folder.mkdir(parents=True)
        padding = b"\0\0\0\x14free" + number.to_bytes(12, "big")
        (folder / f"{name}.mp4").write_bytes(original + padding)


def make_music(root: Path, media: Media) -> None:
    """Makes albums of tracks that are as small as can be, and all different."""
    original = media.sound(root.parent / "original.mp3").read_bytes()[:1500]
    for album in range(ALBUMS):
        folder = root / f"Artist {album // 10:04}" / f"Album {album % 10} (20{album % 25:02})"
        folder.mkdir(parents=True)
        for track in range(1, TRACKS + 1):
            end = f"{album} {track}".encode()
            (folder / f"{track:02} - Track {track}.mp3").write_bytes(original + end)


def probe(path: str) -> int:
    """Opens a file as the catalog's probers do, and does nothing with what it finds."""
    with av.open(path, metadata_errors="ignore") as container:
        return len(container.streams)


def bare(root: Path) -> float:
    """Returns seconds for probing all files in as many processes as a scan uses."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
    with ProcessPoolExecutor(PROBERS, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(probe, paths[:PROBERS]))  # the processes have started
        start = time.perf_counter()
        list(pool.map(probe, paths, chunksize=50))
        return time.perf_counter() - start


def find(root: Path) -> float:
    """Returns seconds for `find` with sizes and times; the best of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(
            ["find", str(root), "-printf", "%p %s %T@\\n"],  # noqa: S607 # whichever is there
            stdout=subprocess.DEVNULL,
            check=True,
        )
        times.append(time.perf_counter() - start)
    return min(times)


def seconds(scan: dict[str, Any]) -> float:
    """Returns how long a scan worked, as it says itself."""
    assert scan["state"] == "STATE_COMPLETED", scan
    begun, ended = (datetime.fromisoformat(scan[key]) for key in ("startTime", "endTime"))
    return (ended - begun).total_seconds()


def run(house: House, media: Media, root: Path) -> list[Figure]:
    """Measures with a running suite."""
    make(root, media)
    probing = bare(root)
    first = house.json("scan", str(root), "--kind", "movie", limit=1800)
    assert int(first["stats"]["addedCount"]) == FILMS
    scanned = FILMS / seconds(first)
    music = root.parent / "music"
    make_music(music, media)
    house.json("scan", str(music), "--kind", "music", limit=3600)
    again = min(seconds(house.json("scan", str(music))) for _ in range(5))
    found = find(music)
    return [
        Figure(
            f"first scan of {FILMS:,} small files",
            f"{scanned:,.0f} files/s",
            f"{FILMS / probing:,.0f} files/s, probing alone",
            scanned * probing / FILMS,
            "at least 0.8",
        ),
        Figure(
            f"scan of {ALBUMS * TRACKS:,} files, unchanged",
            f"{again * 1000:.0f} ms",
            f"{found * 1000:.0f} ms, find -printf",
            again / found,
            "at most 2",
        ),
    ]
