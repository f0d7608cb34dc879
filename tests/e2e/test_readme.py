"""The README's calls, made by `buf curl`, which speaks reflection as grpcurl does.

What they answer has the shape that the README shows.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import House

pytestmark = pytest.mark.timeout(180)
BUF = str(Path(sys.executable).with_name("buf"))
README = Path(__file__).parents[2] / "README.md"
PORTS = {"50051": "catalog", "50052": "playback", "50053": "transcode", "50054": "requests"}
CHANGING = re.compile(r"titles/|libraries/|mediaFiles/|users/|\d{4}-\d\d-\d\dT")


@dataclass(frozen=True)
class Call:
    command: str
    output: str


def calls() -> list[Call]:
    """Returns the README's calls with what they print there."""
    text = README.read_text("utf-8").replace("\\\n", " ")
    found = re.findall(r"^\$ (grpcurl .*)\n((?:(?!\$ |```).*\n)*)", text, re.MULTILINE)
    return [Call(command, output.strip()) for command, output in found]


def shape(value: Any) -> Any:
    """Returns a document without what is another one each time."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, float) or (isinstance(value, str) and CHANGING.search(value)):
        return type(value).__name__
    return value


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.command.split()[-1])
def test_call(running: House, call: Call) -> None:
    if "TitleService" in call.command:
        running.json("demo", limit=150)
    token = running.json("token", "access")["access_token"]
    words = shlex.split(call.command.replace("$TOKEN", token))
    assert words[:2] == ["grpcurl", "-plaintext"]
    *options, address, method = words[2:]
    target = running.started["addresses"][PORTS[address.partition(":")[2]]]
    data = [] if "-d" in options else ["-d", "{}"]
    done = subprocess.run(
        [
            *(BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge"),
            *(*options, *data, f"http://{target}/{method}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if call.output.startswith("ERROR:"):
        (message,) = re.findall(r"Message: (.*)", call.output)
        assert json.loads(done.stderr)["message"] == message
    else:
        assert done.returncode == 0, done.stderr
        assert shape(json.loads(done.stdout)) == shape(json.loads(call.output))


def test_every_service_is_called() -> None:
    assert {port for call in calls() for port in PORTS if port in call.command} == set(PORTS)
