"""What the catalog is told of providers. One that has no key, or no contact, is not asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from reelhouse_kit.service import ServiceSettings
from reelhouse_kit.settings import setting

REGIONS = {
    "us": "com",
    "ca": "ca",
    "uk": "co.uk",
    "au": "com.au",
    "de": "de",
    "fr": "fr",
    "it": "it",
    "es": "es",
    "in": "in",
    "jp": "co.jp",
}
"""Audible's shops, and where each is."""


@dataclass(frozen=True, kw_only=True)
class ProviderSettings(ServiceSettings):
    """What the catalog is told of providers."""

    tmdb_key: str = setting(
        "The TMDB API key, or its read access token. Unset: TMDB is not asked.",
        default="",
        secret=True,
    )
    tmdb_url: str = setting("Where TMDB is.", default="https://api.themoviedb.org/3")
    tmdb_image_url: str = setting(
        "Where TMDB's images are.", default="https://image.tmdb.org/t/p/original"
    )
    tvdb_key: str = setting("The TVDB API key. Unset: TVDB is not asked.", default="", secret=True)
    tvdb_pin: str = setting("The PIN of a TVDB subscriber.", default="", secret=True)
    tvdb_url: str = setting("Where TVDB is.", default="https://api4.thetvdb.com/v4")
    musicbrainz_contact: str = setting(
        "An e-mail or web address to reach you at, which MusicBrainz asks for. Unset: it is not "
        "asked.",
        default="",
    )
    musicbrainz_url: str = setting("Where MusicBrainz is.", default="https://musicbrainz.org/ws/2")
    cover_art_url: str = setting(
        "Where the Cover Art Archive is.", default="https://coverartarchive.org"
    )
    audible_region: str = setting(
        f"The Audible shop to look in: {', '.join(REGIONS)}. Unset: Audnexus is not asked.",
        default="",
    )
    audible_url: str = setting("Where Audible's catalogue is. Unset: the region's.", default="")
    audnexus_url: str = setting("Where Audnexus is.", default="https://api.audnex.us")
    metadata_language: str = setting("The language of metadata, as in en or pt-BR.", default="en")
    enrichment_days: int = setting("After how many days to ask anew.", default=30)
    enrichment_concurrency: int = setting("How many titles a worker asks about at once.", default=4)
    provider_cache_mb: int = setting(
        "The most megabytes of providers' answers that are kept.", default=256
    )

    def problems(self) -> list[str]:
        """Checks addresses and the region, too."""
        found = super().problems()
        for name in (
            "tmdb_url",
            "tmdb_image_url",
            "tvdb_url",
            "musicbrainz_url",
            "cover_art_url",
            "audible_url",
            "audnexus_url",
        ):
            value = getattr(self, name)
            parts = urlsplit(value)
            optional = name == "audible_url" and not value
            if not optional and not (parts.scheme in ("http", "https") and parts.hostname):
                found.append(f"{self.variables(name)[0]}: {value!r} is no web address")
        if self.audible_region and self.audible_region not in REGIONS:
            found.append(
                f"{self.variables('audible_region')[0]}: {self.audible_region!r} is none of "
                f"{', '.join(REGIONS)}"
            )
        if not re.fullmatch("[a-z]{2}(-[A-Z]{2})?", self.metadata_language):
            found.append(
                f"{self.variables('metadata_language')[0]}: {self.metadata_language!r} is no "
                "language such as en or pt-BR"
            )
        for name in ("enrichment_days", "enrichment_concurrency", "provider_cache_mb"):
            if getattr(self, name) < 1:
                found.append(f"{self.variables(name)[0]}: is less than 1")
        return found
