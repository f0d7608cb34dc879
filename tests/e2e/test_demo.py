"""`reelhouse demo`, and every command's --json against what it made."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import REELHOUSE, House

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def demo(running: House) -> dict[str, Any]:
    made: dict[str, Any] = running.json("demo", limit=150)
    return made


def test_finds_what_is_there(demo: dict[str, Any]) -> None:
    found = {
        (title["kind"], title["displayName"], title.get("year", 0)) for title in demo["titles"]
    }
    assert found == {
        ("KIND_MOVIE", "Night Train", 2019),
        ("KIND_MOVIE", "The Glass Harbor", 2021),
        ("KIND_MOVIE", "Zwölf Fenster", 2008),
        ("KIND_SHOW", "Harbor Lights", 0),
        ("KIND_ALBUM", "Slack Water", 2016),
        ("KIND_AUDIOBOOK", "The Lighthouse Keeper", 0),
    }
    unmatched = {file["path"]: file for file in demo["unmatched"]}
    assert set(unmatched) == {
        "a7f3e09b4c2d8f61.mp4",
        "Broken Reel (1999)/Broken Reel (1999).mkv",
    }
    assert unmatched["Broken Reel (1999)/Broken Reel (1999).mkv"]["probeError"]
    assert all(scan["state"] == "STATE_COMPLETED" for scan in demo["scans"])
    assert sum(int(scan["stats"].get("failedCount", 0)) for scan in demo["scans"]) == 1


def test_again_changes_nothing(running: House, demo: dict[str, Any]) -> None:
    again = running.json("demo")
    for scan in again["scans"]:
        assert scan["stats"]["unchangedCount"] == scan["stats"]["foundCount"]
    assert [title["name"] for title in again["titles"]] == [t["name"] for t in demo["titles"]]


def named(running: House, demo: dict[str, Any], name: str) -> str:
    """Returns the resource name of a title of the demo."""
    return str(next(t["name"] for t in demo["titles"] if t["displayName"] == name))


def test_library_commands(running: House, demo: dict[str, Any]) -> None:
    libraries = {library["displayName"]: library for library in running.json("ls")}
    assert set(libraries) == {"Films", "Series", "Music", "Audiobooks"}
    scan = running.json("scan", libraries["Films"]["rootPath"])
    assert scan["state"] == "STATE_COMPLETED"
    (found,) = running.json("search", "glass harbour")
    assert found["title"]["displayName"] == "The Glass Harbor"
    show = running.json("ls", named(running, demo, "Harbor Lights"))
    assert [(e["seasonNumber"], e["number"]) for e in show["episodes"]] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 2),
    ]
    assert len(running.json("ls", "files")) == 5 + 5 + 4 + 3
    facts = running.json("name", "Show/Season 02/Show.S02E03-E04.1080p.mkv", "--kind", "tv")
    assert (facts["title"], facts["season"], facts["episodes"]) == ("Show", 2, [3, 4])
    refused = running.run("scan", "/nowhere/at/all", "--json")
    assert refused.returncode == 2
    assert "--kind" in refused.stderr


def test_playing_commands(running: House, demo: dict[str, Any], tmp_path: Path) -> None:
    film = named(running, demo, "Night Train")
    saved = tmp_path / "film.mp4"
    session = running.json("play", film, "--profile", "chrome", "--save", str(saved))
    assert session["decision"]["method"] == "METHOD_DIRECT"
    (original,) = Path(demo["root"]).glob("Films/Night*/*.mp4")
    assert saved.read_bytes() == original.read_bytes()

    harbor = named(running, demo, "The Glass Harbor")
    needed = running.json("play", harbor, "--profile", "chrome")
    assert needed["decision"]["method"] == "METHOD_TRANSCODE"
    watched = running.json("transcode", "watch", needed["transcode"])
    assert watched["state"] == "STATE_COMPLETED"
    listed = {transcode["name"]: transcode for transcode in running.json("transcode", "ls")}
    assert listed[needed["transcode"]]["state"] == "STATE_COMPLETED"

    made = running.json("transcode", "start", harbor, "--mp4", "--height", "240")
    assert made["state"] == "STATE_COMPLETED"
    (output,) = Path(running.started["data"]).rglob(made["outputPath"])
    assert output.stat().st_size == int(made["outputSizeBytes"])
    refused = running.run("transcode", "cancel", made["name"])
    assert refused.returncode == 1
    assert "COMPLETED" in refused.stderr.upper()
    assert "Traceback" not in refused.stderr


def test_people_and_their_wishes(running: House, demo: dict[str, Any]) -> None:
    (user,) = running.json("users", "add", "carol", "--password-stdin", given="a long password\n")
    assert user["username"] == "carol"
    assert "deactivateTime" in running.json("users", "deactivate", "carol")[0]
    assert "deactivateTime" not in running.json("users", "reactivate", "carol")[0]
    changed = running.json(
        "users", "password", "carol", "--password-stdin", given="another password\n"
    )
    assert changed == {"changed": True}

    assert running.json("token", "access")["access_token"].count(".") == 2
    made = running.json("token", "create", "tests")
    assert made["token"].startswith("rh_")
    (listed,) = [one for one in running.json("token", "ls") if one["displayName"] == "tests"]
    assert running.json("token", "delete", listed["name"]) == {"deleted": True}

    there = running.run(
        "request", "audiobook", "The Lighthouse Keeper", "--author", "Ada Winter", "--json"
    )
    assert there.returncode == 1
    assert json.loads(there.stdout)["error"]["reason"] == "ALREADY_AVAILABLE"
    (own,) = running.json("request", "audiobook", "Another Book", "--author", "Ada Winter")
    assert own["state"] == "STATE_PENDING"

    running.json("token", "login", "carol", "--password-stdin", given="another password\n")
    try:
        (theirs,) = running.json("request", "audiobook", "Third Book", "--author", "Ada Winter")
        assert [wish["name"] for wish in running.json("request", "ls")] == [theirs["name"]]
        refused = running.run("request", "approve", theirs["name"])
        assert refused.returncode == 1
        (cancelled,) = running.json("request", "cancel", theirs["name"])
        assert cancelled["state"] == "STATE_CANCELLED"
        asked = [
            running.json("request", "audiobook", title, "--author", "Ada Winter")[0]["name"]
            for title in ("Fourth Book", "Fifth Book")
        ]
    finally:
        assert running.json("token", "logout") == {"signed_in": False}
    (denied,) = running.json("request", "deny", asked[0], "--why", "not now")
    assert (denied["state"], denied["message"]) == ("STATE_DENIED", "not now")
    (approved,) = running.json("request", "approve", asked[1])
    assert approved["state"] == "STATE_PENDING"


def test_requests_are_watched(running: House, demo: dict[str, Any]) -> None:
    with subprocess.Popen(
        [REELHOUSE, "request", "watch", "--json"],
        env=running.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        try:
            assert watching.stdout is not None
            (asked,) = running.json("request", "audiobook", "Sixth Book", "--author", "Ada Winter")
            told = (json.loads(line) for line in watching.stdout)
            events = (event.get("created") or event.get("updated") for event in told)
            seen = next(wish for wish in events if wish and wish["name"] == asked["name"])
            assert seen["state"] == "STATE_PENDING"
        finally:
            watching.terminate()
