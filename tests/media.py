"""Small media files, made by ffmpeg when a test run first wants them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

FFMPEG = str(imageio_ffmpeg.get_ffmpeg_exe())

_VIDEO = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d={seconds}")
_SOUND = ("-f", "lavfi", "-i", "sine=f={hertz}:r=48000:d={seconds}")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "48")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
_AAC = ("-c:a", "aac", "-b:a", "64k")
_DTS = ("-c:a", "dca", "-strict", "-2", "-ac", "2")


@dataclass(frozen=True, slots=True)
class Media:
    """Makes media, keeping what it made for the next that want the same."""

    kept: Path

    def film(self, target: Path, *, seconds: int = 1, hertz: int = 440) -> Path:
        """Makes an MP4 or Matroska file with H.264 and AAC, as the extension says."""
        return self._make(target, seconds, hertz, [*_VIDEO, *_SOUND], [*_H264, *_AAC])

    def hevc_dts(self, target: Path, *, seconds: int = 1, hertz: int = 440) -> Path:
        """Makes a Matroska file with HEVC and DTS, which no browser plays."""
        return self._make(target, seconds, hertz, [*_VIDEO, *_SOUND], [*_HEVC, *_DTS])

    def sound(
        self,
        target: Path,
        tags: dict[str, str] | None = None,
        *,
        seconds: int = 1,
        hertz: int = 440,
    ) -> Path:
        """Makes an MP3, FLAC or M4B file, as the extension says, with tags."""
        written = [
            part for key, value in (tags or {}).items() for part in ("-metadata", f"{key}={value}")
        ]
        return self._make(target, seconds, hertz, list(_SOUND), written)

    def chapters(self, target: Path, chapters: list[tuple[int, int, str]]) -> Path:
        """Makes a Matroska file of sound with chapters: start and end in seconds, and title."""
        lines = [";FFMETADATA1"]
        for start, end, title in chapters:
            lines += ["[CHAPTER]", "TIMEBASE=1/1", f"START={start}", f"END={end}"]
            lines += [f"title={title}"]
        described = self.kept / f"chapters-{abs(hash(str(chapters)))}.txt"
        described.write_text("\n".join([*lines, ""]))
        seconds = max(end for _, end, _ in chapters) if chapters else 1
        inputs = [*_SOUND, "-i", str(described), "-map_metadata", "1"]
        return self._make(target, seconds, 440, inputs, [])

    def _make(
        self, target: Path, seconds: int, hertz: int, inputs: list[str], outputs: list[str]
    ) -> Path:
        filled = [part.format(seconds=seconds, hertz=hertz) for part in inputs]
        key = "_".join([*filled, *outputs])
        safe = "".join(c if c.isalnum() else "-" for c in key)[-180:]
        made = self.kept / f"{safe}{target.suffix}"
        if not made.exists():
            self.kept.mkdir(parents=True, exist_ok=True)
            command = [FFMPEG, "-nostdin", "-v", "error", *filled, *outputs, "-shortest"]
            subprocess.run([*command, str(made)], check=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, target)
        return target
