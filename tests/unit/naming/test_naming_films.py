"""Names of films, and what releases say of group, quality and edition: our own tables."""

from __future__ import annotations

import pytest

from reelhouse_naming import Kind, parse, quality, resolution_rank

# Name, title, year.
FILMS: list[tuple[str, str, int | None]] = [
    ("The.Matrix.1999.1080p.BluRay.x264-GRP", "The Matrix", 1999),
    ("The Matrix (1999).mkv", "The Matrix", 1999),
    ("The Matrix [1999] [1080p]", "The Matrix", 1999),
    ("The Matrix 1999 1080p BluRay", "The Matrix", 1999),
    ("2012.2009.720p.BluRay", "2012", 2009),
    ("1917.2019.1080p.BluRay", "1917", 2019),
    ("Blade.Runner.2049.2017.1080p.BluRay", "Blade Runner 2049", 2017),
    ("2001.A.Space.Odyssey.1968.1080p", "2001 A Space Odyssey", 1968),
    ("300.2006.720p.BluRay", "300", 2006),
    ("District.9.2009.1080p", "District 9", 2009),
    ("Apollo.13.1995.1080p", "Apollo 13", 1995),
    ("Se7en.1995.REMASTERED.1080p.BluRay", "Se7en", 1995),
    ("Oceans.11.2001.1080p", "Oceans 11", 2001),
    ("The.Italian.Job.2003.1080p", "The Italian Job", 2003),
    ("The.French.Dispatch.2021.1080p.WEB-DL", "The French Dispatch", 2021),
    ("The.Italian.2005.1080p.DVDRip", "The Italian", 2005),
    ("Charlottes.Web.2006.1080p.BluRay", "Charlottes Web", 2006),
    ("Madame.Web.2024.2160p.WEB-DL", "Madame Web", 2024),
    ("Peter.Pan.2003.1080p.BluRay", "Peter Pan", 2003),
    ("It.2017.1080p.BluRay", "It", 2017),
    ("It.Chapter.Two.2019.1080p.BluRay", "It Chapter Two", 2019),
    ("Dune.Part.Two.2024.2160p.WEB-DL", "Dune Part Two", 2024),
    (
        "Harry.Potter.and.the.Deathly.Hallows.Part.1.2010.1080p.BluRay",
        "Harry Potter and the Deathly Hallows Part 1",
        2010,
    ),
    ("Star.Wars.Episode.IV.A.New.Hope.1977.1080p.BluRay", "Star Wars Episode IV A New Hope", 1977),
    ("Star.Wars.Episode.4.A.New.Hope.1977.1080p.BluRay", "Star Wars Episode 4 A New Hope", 1977),
    ("John.Wick.Chapter.2.2017.1080p", "John Wick Chapter 2", 2017),
    ("Fast.and.Furious.9.2021.1080p", "Fast and Furious 9", 2021),
    ("Mission.Impossible.III.2006.1080p", "Mission Impossible III", 2006),
    ("The.Lord.of.the.Rings.2001.Extended.Edition.1080p.BluRay", "The Lord of the Rings", 2001),
    ("Movie.Title.2012.50th.Anniversary.Edition.1080p", "Movie Title", 2012),
    ("Movie Title 2012 (Directors Cut) 1080p", "Movie Title", 2012),
    ("Movie.Title.2012.Unrated.1080p", "Movie Title", 2012),
    ("Movie.Title.2012.UNCUT.German.1080p", "Movie Title", 2012),
    ("Movie.Title.2012.2in1.1080p", "Movie Title", 2012),
    ("Movie.Title.2012.Uncensored.1080p", "Movie Title", 2012),
    ("Movie.Title.2012.The.Final.Cut.1080p", "Movie Title", 2012),
    ("Movie.Title.2012.Ultimate.Hunter.Edition.1080p", "Movie Title", 2012),
    ("Movie.Title.2012.Ultimate.Edition.1080p", "Movie Title", 2012),
    ("Movie Title (2012) {edition-Final Cut} [1080p]", "Movie Title", 2012),
    ("Movie Title {edition-Final Cut} (2012)", "Movie Title", 2012),
    ("Movie Title (2012) {imdb-tt1234567} [Bluray-1080p]", "Movie Title", 2012),
    ("Movie Title 2012 tt1234567 1080p", "Movie Title", 2012),
    ("Movie.Title.2012.1080p.BluRay.REMUX.AVC.DTS-HD.MA.5.1-FGT", "Movie Title", 2012),
    ("Movie.Title.2012.BDRip.x264-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.DVDRip.XviD-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.CAM.XviD-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.HDCAM.x264-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.HDTS.x264-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.TS.XviD-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.DVDSCR.XviD-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.R5.XviD-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.COMPLETE.BLURAY-GRP", "Movie Title", 2012),
    ("Movie.Title.2012.German.DL.1080p.BluRay.x264-GRP", "Movie Title", 2012),
    ("Movie.Title.German.2012.AC3.BDRip.x264-GRP", "Movie Title", 2012),
    ("Movie.Title.MULTi.1080p.BluRay.x264-GRP", "Movie Title", None),
    ("Movie.Title.1080p.BluRay.x264-GRP", "Movie Title", None),
    ("Movie Title - 2012 - 1080p", "Movie Title", 2012),
    ("[Group] Movie Title (2012) [BD 1080p]", "Movie Title", 2012),
    ("[Group] Movie Title - The Movie (2012) [BD 1080p]", "Movie Title - The Movie", 2012),
    ("(2012) Movie Title 1080p BluRay", "Movie Title", 2012),
    ("Movie Title (2012) (1080p BluRay x265 HEVC 10bit AAC 5.1 Tigole)", "Movie Title", 2012),
    ("Movie.Title.(2012).1080p.BluRay.x264-GRP", "Movie Title", 2012),
    ("Фильм / Movie Title (2012) BDRip 1080p", "Movie Title", 2012),
    ("Movie Title a.k.a. Other Title 2012 1080p BluRay", "Movie Title", 2012),
    ("Movie Title AKA Other Title 2012 1080p BluRay", "Movie Title", 2012),
    ("Movie.Title.2012.1080p.BluRay.x264-GRP.nzb", "Movie Title", 2012),
    ("Movie.Title.2012.mkv", "Movie Title", 2012),
    ("Amélie (2001)", "Amélie", 2001),
    ("Alien³ (1992)", "Alien3", 1992),
    ("WALL·E (2008) 1080p", "WALL·E", 2008),
    ("Rec (2007) [1080p]", "Rec", 2007),
    ("[REC] (2007) 1080p", "[REC]", 2007),
    ("Movie Title 3D 2012 1080p BluRay Half-SBS", "Movie Title", 2012),
    ("Movie.Title.2012.iNTERNAL.LIMITED.1080p.BluRay", "Movie Title", 2012),
    ("Movie.Title.LiMiTED.DVDRip.XviD-GRP", "Movie Title", None),
    ("Movie.Title.2012.PROPER.720p.BluRay", "Movie Title", 2012),
    ("Blade.Runner.The.Final.Cut.1982.1080p", "Blade Runner", 1982),
    ("The.Final.Cut.2004.1080p.BluRay", "The Final Cut", 2004),
    ("Ultimate.Avengers.2006.1080p", "Ultimate Avengers", 2006),
    ("The.Directors.2012.1080p", "The Directors", 2012),
    ("Movie.Title.1978.1080p.BluRay.FLAC.2.0.x264-[YTS.AM]", "Movie Title", 1978),
    (
        "Movie Title (2012) [imdbid-tt1234567] [Bluray-1080p][DTS 5.1][x264]-GRP",
        "Movie Title",
        2012,
    ),
    ("Movie.Title.2019.1080p.BluRay.x264-EVO[TGx]", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.WEBRip.x265.D0c", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.BluRay.DDP5.1.x265.10bit-GalaxyRG265[TGx]", "Movie Title", 2019),
    ("Movie.Title.2019.BluRay.1080p.DTS-HD.MA.5.1.AVC.REMUX-FraMeSToR", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.BluRay.DTS.x264-D-Z0N3", "Movie Title", 2019),
    ("Movie Title (2019) (1080p BluRay x265 HEVC 10bit EAC3 5.1 Bandi) [QxR]", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.BluRay.x264-HD4U.mkv", "Movie Title", 2019),
    ("Movie.Title.2019.German.1080p.BluRay.x264-DETAiLS", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.HMAX.WEB-DL.DDP5.1.Atmos.H.264-FLUX", "Movie Title", 2019),
    ("Movie.Title.2019.MULTi.VFF.1080p.BluRay.x264-LOST", "Movie Title", 2019),
    ("Movie.Title.2019.DVDR-GRP", "Movie Title", 2019),
    ("Movie.Title.2019.HDRip.XviD.AC3-EVO", "Movie Title", 2019),
    (
        "Movie.Title.2019.2160p.UHD.BluRay.x265.10bit.HDR.TrueHD.7.1.Atmos-SWTYBLZ",
        "Movie Title",
        2019,
    ),
    ("Movie.Title.2019.WEBRip.x264-ION10", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.WEB-DL.DD5.1.H264-FGT-Obfuscated", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.BluRay.x264-SPARKS-AsRequested", "Movie Title", 2019),
    ("Movie.Title.2019.1080p.BluRay.x264-SPARKS.cp(tt1234567)", "Movie Title", 2019),
    ("b00bs.2016.1080p", "b00bs", 2016),
    ("The.Special.Relationship.2010.1080p", "The Special Relationship", 2010),
    ("Movie.Title.Special.Edition.2010.1080p", "Movie Title", 2010),
    ("Movie.Name.2013.Blu-ray.1080p.AVC.DTS-HD.MA.5.1-GRP", "Movie Name", 2013),
]


@pytest.mark.parametrize(("name", "title", "year"), FILMS)
def test_reads_films(name: str, title: str, year: int | None) -> None:
    facts = parse(name)
    assert facts.kind is Kind.MOVIE
    assert (facts.title, facts.year) == (title, year)


EDITIONS = [
    ("Se7en.1995.REMASTERED.1080p.BluRay", "REMASTERED"),
    ("The.Lord.of.the.Rings.2001.Extended.Edition.1080p.BluRay", "Extended Edition"),
    ("Movie.Title.2012.50th.Anniversary.Edition.1080p", "50th Anniversary Edition"),
    ("Movie Title 2012 (Directors Cut) 1080p", "Directors Cut"),
    ("Movie.Title.2012.Unrated.1080p", "Unrated"),
    ("Movie.Title.2012.UNCUT.German.1080p", "UNCUT"),
    ("Movie.Title.2012.2in1.1080p", "2in1"),
    ("Movie.Title.2012.Uncensored.1080p", "Uncensored"),
    ("Movie.Title.2012.Ultimate.Hunter.Edition.1080p", "Ultimate Hunter Edition"),
    ("Movie.Title.2012.Ultimate.Edition.1080p", "Ultimate Edition"),
    ("Movie Title (2012) {edition-Final Cut} [1080p]", "Final Cut"),
    ("Movie Title {edition-Final Cut} (2012)", "Final Cut"),
    ("Blade.Runner.The.Final.Cut.1982.1080p", "Final Cut"),
    ("Movie.Title.Special.Edition.2010.1080p", "Special Edition"),
    ("Movie.Title.2012.1080p.BluRay", ""),
    ("Uncut.Gems.2019.1080p.BluRay", ""),
    ("The.Final.Cut.2004.1080p.BluRay", ""),
]


@pytest.mark.parametrize(("name", "edition"), EDITIONS)
def test_reads_editions(name: str, edition: str) -> None:
    assert parse(name).edition == edition


GROUPS = [
    ("Mr.Robot.S02E03.1080p.WEB-DL.DD5.1.H264-RARBG", "RARBG"),
    ("The.100.S01E01.720p.HDTV.x264-2HD", "2HD"),
    ("The.100.S05E08.HDTV.x264-SVA[eztv].mkv", "SVA"),
    ("Archer.2009.S05E01.Archer.Vice.White.Elephant.720p.WEB-DL.DD5.1.H.264-NTb", "NTb"),
    ("show_name.1x05.hdtv_xvid-fov", "fov"),
    ("Show Name - S03E01 - Title [Bluray-1080p Remux][DTS-HD MA 5.1][x264]-GRP", "GRP"),
    ("Show Name (2019) - S03E01 - Title [WEBDL-1080p][EAC3 5.1][h264]-NTb", "NTb"),
    (
        (
            "Show Name (2019) [tvdbid-12345] - S03E01 - Title [AMZN WEBDL-2160p][DV HDR10]"
            "[EAC3 Atmos 5.1][h265]-FLUX"
        ),
        "FLUX",
    ),
    ("Show Name S01E05 (1080p AMZN WEB-DL x265 Silence)", "Silence"),
    ("Show.Name.S01.1080p.BluRay.x264-ROVERS", "ROVERS"),
    ("Show Name (2010) Season 1 S01 (1080p BluRay x265 HEVC 10bit AAC 5.1 Tigole) [QxR]", "QxR"),
    ("Show.Name.S01.1080p.WEB-DL.DD5.1.H.264-NTb", "NTb"),
    ("[SubGroup] Anime Title - 05 [720p].mkv", "SubGroup"),
    ("The.Matrix.1999.1080p.BluRay.x264-GRP", "GRP"),
    ("Movie.Title.2012.1080p.BluRay.REMUX.AVC.DTS-HD.MA.5.1-FGT", "FGT"),
    ("Movie.Title.2012.COMPLETE.BLURAY-GRP", "GRP"),
    ("[Group] Movie Title (2012) [BD 1080p]", "Group"),
    ("Movie Title (2012) (1080p BluRay x265 HEVC 10bit AAC 5.1 Tigole)", "Tigole"),
    ("Movie.Title.2012.1080p.BluRay.x264-GRP.nzb", "GRP"),
    ("extras.s03.e05.ws.dvdrip.xvid-m00tv", "m00tv"),
    ("Movie.Title.1978.1080p.BluRay.FLAC.2.0.x264-[YTS.AM]", "YTS.AM"),
    ("Movie Title (2012) [imdbid-tt1234567] [Bluray-1080p][DTS 5.1][x264]-GRP", "GRP"),
    ("Movie.Title.2019.1080p.BluRay.x264-EVO[TGx]", "EVO"),
    ("Movie.Title.2019.1080p.WEBRip.x265.D0c", "D0c"),
    ("Movie.Title.2019.1080p.BluRay.DDP5.1.x265.10bit-GalaxyRG265[TGx]", "GalaxyRG265"),
    ("Movie.Title.2019.BluRay.1080p.DTS-HD.MA.5.1.AVC.REMUX-FraMeSToR", "FraMeSToR"),
    ("Movie.Title.2019.1080p.BluRay.DTS.x264-D-Z0N3", "D-Z0N3"),
    ("Movie Title (2019) (1080p BluRay x265 HEVC 10bit EAC3 5.1 Bandi) [QxR]", "QxR"),
    ("Movie.Title.2019.1080p.BluRay.x264-HD4U.mkv", "HD4U"),
    ("Movie.Title.2019.German.1080p.BluRay.x264-DETAiLS", "DETAiLS"),
    ("Movie.Title.2019.1080p.HMAX.WEB-DL.DDP5.1.Atmos.H.264-FLUX", "FLUX"),
    ("Movie.Title.2019.MULTi.VFF.1080p.BluRay.x264-LOST", "LOST"),
    ("Movie.Title.2019.HDRip.XviD.AC3-EVO", "EVO"),
    ("Movie.Title.2019.2160p.UHD.BluRay.x265.10bit.HDR.TrueHD.7.1.Atmos-SWTYBLZ", "SWTYBLZ"),
    ("Movie.Title.2019.WEBRip.x264-ION10", "ION10"),
    ("Movie.Title.2019.1080p.WEB-DL.DD5.1.H264-FGT-Obfuscated", "FGT"),
    ("Movie.Title.2019.1080p.BluRay.x264-SPARKS-AsRequested", "SPARKS"),
    ("Show.Name.S02.1080p.WEB-DL.x264-[GRP]", "GRP"),
    ("Show.Name.S01E05.1080p.WEB.h264-GRP.[eztv.re]", "GRP"),
    ("Show.Name.S01E05.1080p.WEB.h264-GRP-xpost", "GRP"),
    ("Show.Name.S01E05.1080p.WEB.h264-GRP-Obfuscated", "GRP"),
    ("Movie.Title.2019.720p.HDTV.x264-FHD", "FHD"),
    ("Movie Title (2019) (1080p BluRay x265 10bit - ABC)[XYZ]", "XYZ"),
    ("Movie Title 2019 1080p BluRay x265 ABC", "ABC"),
    ("[Group] Title [1080p][AAC][Softsubs (Other)]", "Group"),
    ("Title 2019 [Other] [Blu-ray][MKV][h264][1080p][Softsubs (Other)]", "Other"),
    ("Movie.Title.2019.1080p.WEB-DL", ""),
    ("Movie Title (2019).mkv", ""),
]


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_reads_groups(name: str, group: str) -> None:
    assert parse(name).release_group == group


QUALITIES = [
    ("Breaking.Bad.S02E05.720p.mkv", "hdtv720p"),
    ("Mr.Robot.S02E03.1080p.WEB-DL.DD5.1.H264-RARBG", "webdl1080p"),
    ("House.of.Cards.US.S03E01.1080p.NF.WEBRip", "webrip1080p"),
    ("Show.Name.S02E05.Title.with.720.in.it.1080p.WEB-DL", "webdl1080p"),
    (
        "Show Name - S03E01 - Title [Bluray-1080p Remux][DTS-HD MA 5.1][x264]-GRP",
        "bluray1080p_remux",
    ),
    ("Show Name (2019) - S03E01 - Title [WEBDL-1080p][EAC3 5.1][h264]-NTb", "webdl1080p"),
    (
        (
            "Show Name (2019) [tvdbid-12345] - S03E01 - Title [AMZN WEBDL-2160p][DV HDR10]"
            "[EAC3 Atmos 5.1][h265]-FLUX"
        ),
        "webdl2160p",
    ),
    ("The.Matrix.1999.1080p.BluRay.x264-GRP", "bluray1080p"),
    ("Charlottes.Web.2006.1080p.BluRay", "bluray1080p"),
    ("Madame.Web.2024.2160p.WEB-DL", "webdl2160p"),
    ("Movie.Title.2012.1080p.BluRay.REMUX.AVC.DTS-HD.MA.5.1-FGT", "remux1080p"),
    ("Movie.Title.2012.BDRip.x264-GRP", "bluray480p"),
    ("Movie.Title.2012.DVDRip.XviD-GRP", "dvd"),
    ("Movie.Title.2012.CAM.XviD-GRP", "cam"),
    ("Movie.Title.2012.HDCAM.x264-GRP", "cam"),
    ("Movie.Title.2012.HDTS.x264-GRP", "telesync"),
    ("Movie.Title.2012.TS.XviD-GRP", "telesync"),
    ("Movie.Title.2012.DVDSCR.XviD-GRP", "dvdscr"),
    ("Movie.Title.2012.R5.XviD-GRP", "regional"),
    ("Movie.Title.2012.COMPLETE.BLURAY-GRP", "brdisk"),
    ("extras.s03.e05.ws.dvdrip.xvid-m00tv", "dvd"),
    ("Movie Title (2012) [imdbid-tt1234567] [Bluray-1080p][DTS 5.1][x264]-GRP", "bluray1080p"),
    ("Movie.Title.2019.BluRay.1080p.DTS-HD.MA.5.1.AVC.REMUX-FraMeSToR", "remux1080p"),
    ("Movie.Title.2019.1080p.HMAX.WEB-DL.DDP5.1.Atmos.H.264-FLUX", "webdl1080p"),
    ("Movie.Title.2019.DVDR-GRP", "dvdr"),
    ("Movie.Title.2019.2160p.UHD.BluRay.x265.10bit.HDR.TrueHD.7.1.Atmos-SWTYBLZ", "bluray2160p"),
    ("Movie.Title.2019.WEBRip.x264-ION10", "webrip480p"),
    ("NTb-462.H.1.5DD.LD-BEW.p0801.eltiT.30E20S.emaN.wohS.mkv", "webdl1080p"),
    ("Show.Name.2x11.1080p.BluRay.Remux", "bluray1080p_remux"),
    ("Show.S01E02.HDTV.x264-GRP", "sdtv"),
    ("Show - S01E02 - Title [HDTV]", "hdtv720p"),
    ("Show.S01E02.1080p-GRP", "hdtv1080p"),
    ("Show.S01E02.WEB.x264-GRP", "webdl480p"),
    ("Show.S01E02.BD720p-GRP", "bluray720p"),
    ("Show.S01E02.1080pBluRay-GRP", "bluray1080p"),
    ("Show.S01E02.BluRay.XviD-GRP", "bluray480p"),
    ("Show.S01E02.576p.BDRip.x264-GRP", "bluray576p"),
    ("Show.S01E02.1280x720.x264-GRP", "hdtv720p"),
    ("Show.S01E02.1080i.HDTV.MPEG2-GRP", "rawhd"),
    ("Show.S01.DVD9-GRP", "dvd"),
    ("Show.S01E02.avi", "sdtv"),
    ("Show.S01E02.mkv", "hdtv720p"),
    ("Show.S01E02", "unknown"),
    ("Film.2012.PAL.2xDVD9-GRP", "dvdr"),
    ("Film.2012.1440p.WEB-DL-GRP", "webdl1080p"),
    ("Film.2012.4K.BluRay.REMUX.1080p-GRP", "remux1080p"),
    ("Show.S01.2160p.BluRay.REMUX-GRP", "bluray2160p_remux"),
]


@pytest.mark.parametrize(("name", "expected"), QUALITIES)
def test_names_the_quality(name: str, expected: str) -> None:
    assert quality(parse(name)) == expected


@pytest.mark.parametrize(
    ("lines", "rank"),
    [(4320, 40), (2160, 40), (1440, 30), (1080, 30), (720, 20), (576, 10), (480, 10), (360, 0)],
)
def test_ranks_resolutions(lines: int, rank: int) -> None:
    assert resolution_rank(lines) == rank


def test_ranks_an_unknown_resolution_last() -> None:
    assert resolution_rank(None) == 0


IDS = [
    ("Film (2016) {tmdb-603}", {"tmdb": "603"}),
    ("Film (2016) [tmdbid-603]", {"tmdb": "603"}),
    ("Film (2016) [imdbid=tt0133093]", {"imdb": "tt0133093"}),
    ("Film (2016) {imdb-tt0133093} {tmdb-603}", {"imdb": "tt0133093", "tmdb": "603"}),
    ("Film.2016.tt0133093.1080p", {"imdb": "tt0133093"}),
    ("Show (2016) [tvdbid-81189]/Season 01/S01E02.mkv", {"tvdb": "81189"}),
    ("Film (2016)", {}),
]


@pytest.mark.parametrize(("name", "ids"), IDS)
def test_reads_ids(name: str, ids: dict[str, str]) -> None:
    assert parse(name).external_ids == ids
