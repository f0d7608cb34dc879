"""`python -m reelhouse_requests serve` and `… bootstrap`."""

from __future__ import annotations

from reelhouse_kit.service import main
from reelhouse_requests import app
from reelhouse_requests.bootstrap import bootstrap
from reelhouse_requests.settings import RequestsSettings

if __name__ == "__main__":
    main(RequestsSettings, {"serve": app.serve, "bootstrap": bootstrap})
