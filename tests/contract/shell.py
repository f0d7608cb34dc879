"""Runs commands of `reelhouse` one after the other: one process, so that starting is paid for once.

Reads a JSON object per line, {"arguments": [...], "stdin": "..."}, and answers each with
{"code": 0, "out": "...", "err": "..."}.
"""

from __future__ import annotations

import json
import sys

from typer.testing import CliRunner

from reelhouse_cli.main import add_commands, app


def main() -> None:
    """Runs commands until there are none left."""
    add_commands()
    # The runner takes the standard streams for its commands.
    lines, answers = sys.stdin, sys.stdout
    for line in lines:
        command = json.loads(line)
        result = CliRunner().invoke(app, command["arguments"], input=command["stdin"])
        answer = {"code": result.exit_code, "out": result.stdout, "err": result.stderr}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
