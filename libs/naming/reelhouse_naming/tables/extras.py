"""Kinds of extras, and the folders and file name endings that mark them.

Sources: the naming documentation of Jellyfin, Plex and Kodi.
"""

from __future__ import annotations

# An extra of no stated kind.
UNKNOWN = "unknown"

_FOLDERS = {
    "trailer": "trailers trailer",
    "behind_the_scenes": "behindthescenes makingof",
    "deleted_scene": "deletedscenes deletedscene deleted",
    "interview": "interviews interview",
    "scene": "scenes",
    "sample": "samples sample",
    "short": "shorts",
    "featurette": "featurettes featurette",
    "clip": "clips",
    "theme_video": "backdrops",
    "theme_song": "thememusic",
    UNKNOWN: "extras extra other others bonus specialfeatures",
}
_ENDINGS = {
    "trailer": "trailer",
    "sample": "sample",
    "behind_the_scenes": "behindthescenes",
    "deleted_scene": "deleted deletedscene",
    "interview": "interview",
    "scene": "scene",
    "short": "short",
    "featurette": "featurette",
    "clip": "clip",
    UNKNOWN: "extra other",
}
# Folder name without separators, lower case, to kind.
BY_FOLDER: dict[str, str] = {
    word: kind for kind, words in _FOLDERS.items() for word in words.split()
}
# Last word of a file name to kind.
BY_ENDING: dict[str, str] = {
    word: kind for kind, words in _ENDINGS.items() for word in words.split()
}
# Endings that count behind any separator; the others count behind a tight dash only, because
# films may be called so.
LOOSE_ENDINGS = frozenset(("trailer", "sample"))
