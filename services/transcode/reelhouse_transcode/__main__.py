"""`python -m reelhouse_transcode serve` and `… worker`."""

from __future__ import annotations

from reelhouse_kit.service import main
from reelhouse_transcode import app
from reelhouse_transcode.settings import TranscodeSettings

if __name__ == "__main__":
    main(TranscodeSettings, {"serve": app.serve, "worker": app.work})
