"""Runs ffmpeg: bounded, watched, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import imageio_ffmpeg

from reelhouse_kit.processes import leashed

SILENCE_SECONDS = 300.0
"""ffmpeg that makes no progress for this long is killed."""
_MEMORY = 16 * 1024**3
_ERROR_LINES = 20
_ERROR_BYTES = 16_384


class FfmpegError(Exception):
    """ffmpeg failed.

    `killed` tells that a signal ended it, which another attempt may survive.
    """

    def __init__(self, message: str, *, killed: bool) -> None:
        super().__init__(message)
        self.killed = killed


@dataclass(frozen=True, slots=True)
class Progress:
    """How far ffmpeg is."""

    position_ms: int
    speed: float


def find(configured: str) -> str:
    """Returns the ffmpeg to run: the configured one, else that on PATH, else the wheel's."""
    found = shutil.which(configured or "ffmpeg")
    return found or configured or str(imageio_ffmpeg.get_ffmpeg_exe())


async def run(program: str, arguments: list[bytes]) -> AsyncGenerator[Progress, None]:
    """Runs ffmpeg and yields its progress about twice a second, until it is done.

    Leaving the iteration early, or being cancelled, kills ffmpeg and all its children.

    Raises:
        FfmpegError: It failed; the message holds its last words.
    """
    process = await asyncio.create_subprocess_exec(
        *leashed([program, *arguments], memory=_MEMORY),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={"LANG": "C.UTF-8", "HOME": "/nonexistent"},
    )
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("ffmpeg's output is not connected")
    words = asyncio.create_task(_last_words(process.stderr))
    try:
        async for progress in _progress(process.stdout):
            yield progress
        code = await process.wait()
        if code:
            raise FfmpegError(await words or f"exit status {code}", killed=code < 0)
    except TimeoutError:
        message = f"ffmpeg made no progress for {SILENCE_SECONDS:.0f} s"
        raise FfmpegError(message, killed=True) from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        words.cancel()


async def _progress(output: asyncio.StreamReader) -> AsyncIterator[Progress]:
    values: dict[str, str] = {}
    while True:
        async with asyncio.timeout(SILENCE_SECONDS):
            line = await output.readline()
        if not line:
            return
        key, _, value = line.decode("utf-8", "replace").strip().partition("=")
        values[key] = value
        if key == "progress":
            micros = values.get("out_time_us", "")
            speed = values.get("speed", "").rstrip("x").strip()
            yield Progress(
                int(micros) // 1000 if micros.isdigit() else 0,
                float(speed) if speed.replace(".", "", 1).isdigit() else 0.0,
            )


async def _last_words(errors: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await errors.read(4096):
        kept = (kept + chunk)[-_ERROR_BYTES:]
    lines = kept.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(lines[-_ERROR_LINES:])
