"""A pool of prober processes, each with a time limit per file."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson

from reelhouse_kit import log
from reelhouse_kit.processes import leashed
from reelhouse_naming import LibraryKind

COMMAND = ("-m", "reelhouse_catalog.scanning.prober")
SECONDS_PER_FILE = 30.0
_LINE = 4 * 1024 * 1024
"""Bytes of the longest answer."""
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # libav takes and frees its buffers with each file; glibc is to keep them for the next, instead
    # of having the kernel clear new pages: a third less time for small files.
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}
"""All of a prober's environment: no secrets for what reads strangers' files."""
_logger = log.get(__name__)


class Prober:
    """One prober process, started when it is needed and again after it died."""

    def __init__(self, root: bytes, library: LibraryKind) -> None:
        self._root = root.decode("latin-1")
        self._library = library
        self._process: asyncio.subprocess.Process | None = None

    async def examine(self, paths: Sequence[bytes]) -> AsyncIterator[dict[str, Any]]:
        """Yields what is known of each file, in order.

        A file that the prober dies of, or takes too long for, is answered with that as its error.
        """
        sent = 0
        for index, path in enumerate(paths):
            if self._process is None:
                await self._start()
                sent = index
            if sent <= index:
                # All at once: the prober reads on while its answers are dealt with.
                self._send(paths[index:])
                sent = len(paths)
            yield await self._answer(path)

    async def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, *COMMAND]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
            env=_ENVIRONMENT,
        )

    def _send(self, paths: Sequence[bytes]) -> None:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the prober is not running")
        self._process.stdin.writelines(
            orjson.dumps(
                {
                    "root": self._root,
                    "path": path.decode("latin-1"),
                    "library": self._library.value,
                },
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for path in paths
        )

    async def _answer(self, path: bytes) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdout is None:
            raise RuntimeError("the prober is not running")
        try:
            async with asyncio.timeout(SECONDS_PER_FILE):
                line = await process.stdout.readline()
            if line.endswith(b"\n"):
                answer: dict[str, Any] = orjson.loads(line)
                return answer
            error = f"libav crashed on it ({_ending(await process.wait())})"
        except TimeoutError:
            error = f"it took longer than {SECONDS_PER_FILE:.0f} s to read"
        except ValueError:
            error = "libav's answer was too long"
        await self.close()
        _logger.warning("prober died", path=path.decode("utf-8", "backslashreplace"), error=error)
        return {"fingerprint": None, "probe": {}, "error": error, "placement": None}


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


@asynccontextmanager
async def probers(root: bytes, library: LibraryKind, count: int) -> AsyncIterator[list[Prober]]:
    """Yields probers for one library, and ends their processes."""
    pool = [Prober(root, library) for _ in range(count)]
    try:
        yield pool
    finally:
        await asyncio.gather(*(prober.close() for prober in pool))
