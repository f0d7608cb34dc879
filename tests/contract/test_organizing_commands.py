"""`reelhouse template` and `organize`, in one process against running services."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from reelhouse.catalog.v1 import file_operation_service_pb2, file_operation_service_pb2_grpc
from tests.contract.test_cli_scanning import as_json, run
from tests.media import Media
from tests.suite import Suite

pytestmark = pytest.mark.timeout(240)  # each command is a process of its own
FILES = ("one.2001.mkv", "one.2001.en.srt", "[grp] Two (2002).mkv", "Three (2003)/Three (2003).mkv")
NAMED = ("one (2001)/one (2001).mkv", "one (2001)/one (2001).en.srt", "Two (2002)/Two (2002).mkv")


def tree(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def test_templates_are_shown_and_written(suite: Suite) -> None:
    found = await as_json(suite, "template", "ls")
    assert [one["kind"] for one in found][:2] == ["KIND_MOVIE", "KIND_MOVIE_VERSION"]
    assert (await run(suite, "template", "show", "movie")).strip() == found[0]["template"]
    made = await as_json(suite, "template", "set", "movie", "films/{Movie Title}")
    assert made["template"] == "films/{Movie Title}"
    again = await as_json(suite, "template", "set", "movie", "[{Year}]/{Movie Title}")
    assert again["name"] == made["name"]
    assert "[{Year}]/{Movie Title}" in await run(suite, "template", "ls")
    assert await run(suite, "template", "render", "x/Film.1999.1080p.mkv") == "[1999]/Film.mkv\n"
    await run(suite, "template", "rm", "movie")
    shown = await run(
        suite, "template", "render", "Show.S01E02.mkv", "--template", "{Title} {Edition}"
    )
    assert shown == "Show.mkv\n"
    assert "unnamable" in await run(
        suite, "template", "render", "Film.1999.mkv", "--template", "{Edition}", code=1
    )
    wrong = await run(suite, "template", "set", "movie", "{Titel}", code=1)
    assert "did you mean {Title}?, at character 2" in wrong
    await run(suite, "template", "set", "film", "{Title}", code=2)


async def test_a_library_is_organized_and_put_back(
    suite: Suite, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    for name in FILES:
        if name.endswith(".srt"):
            (root / name).write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
        else:
            media.film(root / name)
    export, sheet = tmp_path / "plan.json", tmp_path / "plan.csv"
    async with suite.workers():
        await suite.library(root)
        # Files this small wait for a look.
        shown = await run(suite, "organize", str(root))
        assert "0 to move, 0 in place, 3 left alone" in shown
        assert "pending review" in shown
        doubtful = ("organize", str(root), "--doubtful")
        shown = await run(suite, *doubtful, "--export", str(export))
        assert "2 to move, 1 in place, 0 left alone" in shown
        assert "- [grp] Two (2002).mkv" in shown
        assert "+   Two (2002).mkv" in shown
        assert tree(root) == set(FILES)
        rows = {row["path"]: row for row in json.loads(export.read_text())}
        assert {row["new_path"] for row in rows.values()} == {*NAMED, ""}
        assert rows["Three (2003)/Three (2003).mkv"]["action"] == "keep"
        for style in ("side-by-side", "minimal"):
            shown = await run(suite, *doubtful, "--diff", style, "--group")
            assert "Two (2002): 1" in shown
        tried = await as_json(suite, *doubtful, "--template", "movie={Year}")
        assert {row["new_path"] for row in tried["rows"] if row["kind"] == "movie"} == {
            *("2001.mkv", "2002.mkv", "2003.mkv")
        }
        await run(suite, *doubtful, "--export", str(tmp_path / "plan.txt"), code=2)
        done = await as_json(suite, *doubtful, "--apply", "--export", str(sheet))
        assert done["batch"]["state"] == "STATE_APPLIED"
        assert tree(root) == {*NAMED, FILES[3]}
        with sheet.open(newline="") as file:
            listed = list(csv.DictReader(file))
        assert {row["new_path"] for row in listed} == {*NAMED, ""}
        assert "0 to move, 3 in place" in await run(suite, *doubtful)
        stub = suite.stub(file_operation_service_pb2_grpc, "FileOperationService", "admin")
        name = done["batch"]["name"]
        await stub.RollbackBatch(file_operation_service_pb2.RollbackBatchRequest(name=name))
        async for _ in stub.WatchBatch(file_operation_service_pb2.WatchBatchRequest(name=name)):
            pass
        assert tree(root) == set(FILES)
