"""Makes the key files of a data folder that are missing.

`python -m reelhouse_cli.suite.keys` reads from standard input where they are to be, as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from reelhouse_kit.auth import keys
from reelhouse_kit.secrets import new_key


def main() -> None:
    """Makes what is missing."""
    task = json.load(sys.stdin)
    signing = {keys.USERS: Path(task["users"])}
    signing |= {issuer: Path(path) for issuer, path in task["services"].items()}
    for issuer, path in signing.items():
        if not path.exists():
            keys.write(path, keys.generate(issuer))
    public = [keys.public_part(json.loads(path.read_text())) for path in signing.values()]
    keys.write(Path(task["public"]), {"keys": public})
    secrets = Path(task["secrets"])
    if not secrets.exists():
        keys.write(secrets, {"keys": {"1": new_key()}})


if __name__ == "__main__":
    main()
