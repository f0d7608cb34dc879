"""`python -m reelhouse_catalog serve` and `… worker`."""

from __future__ import annotations

from reelhouse_catalog import app
from reelhouse_catalog.settings import CatalogSettings
from reelhouse_kit.service import main

if __name__ == "__main__":
    main(CatalogSettings, {"serve": app.serve, "worker": app.work})
