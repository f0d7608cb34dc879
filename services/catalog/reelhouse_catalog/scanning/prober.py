"""The process that opens media files: `python -m reelhouse_catalog.scanning.prober`.

It reads one JSON line per file, {"root", "path", "library"}, and answers each with one JSON line,
{"fingerprint", "probe", "error", "placement", "extra"}. Paths are bytes written as Latin-1. libav
reads what strangers made: whatever it does to this process, the service lives on.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import Any

import orjson

from reelhouse_catalog.scanning.matching import place
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.scanning.probe import fingerprint, probe
from reelhouse_naming import Kind, LibraryKind, parse

_MEMORY = 2 * 1024**3


def limit_resources() -> None:
    """Bounds memory, and forbids writing files and core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def examine(root: bytes, path: bytes, library: LibraryKind) -> dict[str, Any]:
    """Returns all that is to be known of one file."""
    answer: dict[str, Any] = {"fingerprint": None, "probe": {}, "error": "", "placement": None}
    file = os.path.join(root, path)
    try:
        answer["fingerprint"] = fingerprint(file, os.stat(file).st_size)
        answer["probe"] = probe(file)
    except OSError as error:
        answer["error"] = error.strerror or str(error)
    except MemoryError:
        answer["error"] = "it takes too much memory to read"
    except Exception as error:  # noqa: BLE001 # libav's bindings raise of every kind
        answer["error"] = str(error) or repr(error)
    facts = parse(shown_path(path), library=library)
    answer["placement"] = place(library, facts, answer["probe"].get("tags", {}))
    answer["extra"] = facts.kind is Kind.EXTRA
    return answer


def main() -> None:
    """Answers until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to deal with
    limit_resources()
    answers = sys.stdout.buffer
    for line in sys.stdin.buffer:
        task = orjson.loads(line)
        answer = examine(
            task["root"].encode("latin-1"),
            task["path"].encode("latin-1"),
            LibraryKind(task["library"]),
        )
        answers.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
        answers.flush()


if __name__ == "__main__":
    main()
