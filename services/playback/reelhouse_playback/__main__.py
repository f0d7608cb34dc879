"""`python -m reelhouse_playback serve`."""

from __future__ import annotations

from reelhouse_kit.service import main
from reelhouse_playback import app
from reelhouse_playback.settings import PlaybackSettings

if __name__ == "__main__":
    main(PlaybackSettings, {"serve": app.serve})
