"""Outside services that know what titles are: TMDB, TVDB, MusicBrainz, Audnexus."""
