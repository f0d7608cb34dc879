"""`reelhouse demo`: a small library, made by ffmpeg, scanned and shown."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from reelhouse.catalog.v1 import media_file_service_pb2, scan_pb2, title_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import (
    ensure_library,
    run_scan,
    show_scan,
)
from reelhouse_cli.commands.options import AsJson
from reelhouse_cli.suite.data import DataFolder, default_folder
from reelhouse_transcode.transcodes.ffmpeg import find

LIBRARIES = (
    ("movie", "Films"),
    ("tv", "Series"),
    ("music", "Music"),
    ("audiobook", "Audiobooks"),
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A media file to make: its path, its length in seconds, and ffmpeg's arguments."""

    path: str
    seconds: float
    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ("-c:a", "aac", "-b:a", "96k")
    tags: dict[str, str] = field(default_factory=dict)
    size: str = "640x360"

    def arguments(self, target: Path, hertz: int) -> list[str]:
        """Returns what ffmpeg is called with."""
        length = f"d={self.seconds}"
        inputs = ["-f", "lavfi", "-i", f"sine=f={hertz}:r=48000:{length}"]
        if self.video:
            source = f"testsrc2=s={self.size}:r=24:{length}"
            inputs = ["-f", "lavfi", "-i", source, *inputs]
        tags = [
            item for key, value in self.tags.items() for item in ("-metadata", f"{key}={value}")
        ]
        return [*inputs, *self.video, *self.audio, *tags, "-shortest", "-y", str(target)]


_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
_DTS = ("-c:a", "dca", "-strict", "-2", "-ac", "2")
_FLAC = ("-c:a", "flac")
_MP3 = ("-c:a", "libmp3lame", "-b:a", "64k")


def clips() -> Iterator[Clip]:
    """Yields what the demo library is made of."""
    yield Clip("Films/Night Train (2019)/Night Train (2019).mp4", 20, _H264)
    yield Clip(
        "Films/The Glass Harbor (2021)/The.Glass.Harbor.2021.1080p.BluRay.x265.DTS-DEMO.mkv",
        24,
        _HEVC,
        _DTS,
        size="1280x720",
    )
    yield Clip("Films/Zwölf Fenster (2008)/Zwölf Fenster (2008).mkv", 12, _H264)
    for season, count in ((1, 3), (2, 2)):
        for number in range(1, count + 1):
            yield Clip(
                f"Series/Harbor Lights/Season {season:02}/"
                f"Harbor Lights - S{season:02}E{number:02} - Part {number}.mkv",
                6,
                _H264,
                size="320x180",
            )
    for number, name in enumerate(("Salt", "Low Tide", "Lanterns", "Home"), start=1):
        tags = {
            "artist": "The Breakwaters",
            "album": "Slack Water",
            "title": name,
            "track": f"{number}/4",
            "date": "2016",
        }
        yield Clip(
            f"Music/The Breakwaters/Slack Water (2016)/{number:02} - {name}.flac",
            5,
            audio=_FLAC,
            tags=tags,
        )
    for part in (1, 2, 3):
        tags = {
            "artist": "Ada Winter",
            "album": "The Lighthouse Keeper",
            "title": f"Part {part}",
            "track": f"{part}/3",
        }
        yield Clip(
            f"Audiobooks/Ada Winter/The Lighthouse Keeper/Part {part:02}.mp3",
            8,
            audio=_MP3,
            tags=tags,
        )
    # A name that nobody can read.
    yield Clip("Films/a7f3e09b4c2d8f61.mp4", 2, _H264, size="160x90")


def make_demo(root: Path, *, show: bool) -> int:
    """Makes the files that are missing. Returns how many were made."""
    wanted = [(clip, root / clip.path) for clip in clips()]
    missing = [(clip, target) for clip, target in wanted if not target.exists()]
    columns = (TextColumn("making media"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=output.console, disable=not show or not missing) as bar:
        task = bar.add_task("", total=len(missing))
        for index, (clip, target) in enumerate(missing):
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f".{target.name}")
            unfinished = unfinished.with_suffix(f".part{target.suffix}")
            program = [find(""), "-nostdin", "-v", "error"]
            subprocess.run([*program, *clip.arguments(unfinished, 220 + 20 * index)], check=True)
            unfinished.rename(target)
            bar.advance(task)
    broken = root / "Films" / "Broken Reel (1999)" / "Broken Reel (1999).mkv"
    if not broken.exists():
        broken.parent.mkdir(parents=True, exist_ok=True)
        broken.write_bytes(b"\x1aE\xdf\xa3" + b"this was a film once " * 500)
    return len(missing)


@with_api
async def demo(api: Api, as_json: AsJson = False) -> None:
    """Make a small library of every kind, scan it and show what was found."""
    root = DataFolder(default_folder(os.environ)).path / "demo"
    make_demo(root, show=not as_json)
    scans: list[scan_pb2.Scan] = []
    for kind, name in LIBRARIES:
        library = await ensure_library(api, root / name, kind, name)
        scans.append(await run_scan(api, library, full=False, show=not as_json))
        if not as_json:
            show_scan(scans[-1])
    titles = await api.pages(
        api.titles.ListTitles, title_service_pb2.ListTitlesRequest(), "titles", 100
    )
    odd = media_file_service_pb2.ListMediaFilesRequest(unmatched=True)
    files = await api.pages(api.media_files.ListMediaFiles, odd, "media_files", 100)
    if as_json:
        output.print_json(
            {
                "root": str(root),
                "scans": [as_dict(scan) for scan in scans],
                "titles": [as_dict(title) for title in titles],
                "unmatched": [as_dict(file) for file in files],
            }
        )
        return
    output.console.print()
    output.print_table(
        ("title", "year", "by", "files"),
        [
            (t.display_name, str(t.year or ""), ", ".join(t.creators), t.media_file_count)
            for t in titles
        ],
    )
    output.console.print()
    for file in files:
        why = f"broken: {file.probe_error}" if file.probe_error else "not recognized"
        output.console.print(f"{file.path}  [yellow]{why}[/]")
    output.console.print(f"\nThe media is in {root}.")
