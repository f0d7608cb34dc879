"""`python -m reelhouse_cli`."""

from __future__ import annotations

from reelhouse_cli.main import main

if __name__ == "__main__":
    main()
