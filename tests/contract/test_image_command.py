"""`reelhouse image`, against a running suite."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import aiohttp
from PIL import Image

from reelhouse.catalog.v1 import title_service_pb2, title_service_pb2_grpc
from reelhouse_kit.processes import leashed
from tests.media import Media
from tests.suite import Suite

SCRIPT = Path(__file__).with_name("shell.py")


async def run(suite: Suite, folder: Path, *arguments: str) -> tuple[int, str]:
    """Runs one command. Returns its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, str(SCRIPT)]),
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "REELHOUSE_DATA_DIR": str(folder / "data"),
            "REELHOUSE_TOKEN": suite.tokens["alice"],
            **{f"REELHOUSE_{n.upper()}_ADDRESS": a for n, a in suite.addresses.items()},
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    asked = json.dumps({"arguments": arguments, "stdin": ""}).encode() + b"\n"
    output, _ = await process.communicate(asked)
    answer = json.loads(output)
    return answer["code"], answer["out"]


async def test_image(suite: Suite, media: Media, tmp_path: Path) -> None:
    folder = tmp_path / "films" / "Heat (1995)"
    media.film(folder / "Heat (1995).mp4")
    Image.new("RGB", (400, 600)).save(folder / "poster.jpg")
    async with suite.workers():
        await suite.library(tmp_path / "films")
        titles = suite.stub(title_service_pb2_grpc, "TitleService", "alice")
        (title,) = (await titles.ListTitles(title_service_pb2.ListTitlesRequest())).titles
        code, shown = await run(suite, tmp_path, "image", title.name, "--width=92", "--json")
        assert code == 0
        async with aiohttp.ClientSession() as http, http.get(json.loads(shown)["url"]) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, "image/jpeg")
        code, shown = await run(suite, tmp_path, "image", title.name)
        assert (code, shown.count("\n")) == (0, 1)
        assert shown.strip().endswith(f"/{title.name}/poster?width=500")
        code, _ = await run(suite, tmp_path, "image", title.name, "--kind=smell")
        assert code == 2
