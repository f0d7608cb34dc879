"""Names of episodes, seasons, daily shows and anime: our own tables."""

from __future__ import annotations

import pytest

from reelhouse_naming import Facts, Kind, parse

# Name, title, year, season, episodes.
SINGLE: list[tuple[str, str, int | None, int | None, tuple[int, ...]]] = [
    ("Some.Show.S02E05.720p.mkv", "Some Show", None, 2, (5,)),
    ("some.show.s02e05.mkv", "some show", None, 2, (5,)),
    ("Show Name - S2E5 - Phoenix.mkv", "Show Name", None, 2, (5,)),
    ("Mr.Robot.S02E03.1080p.WEB-DL.DD5.1.H264-RARBG", "Mr Robot", None, 2, (3,)),
    ("The.100.S01E01.720p.HDTV.x264-2HD", "The 100", None, 1, (1,)),
    ("The.100.S05E08.HDTV.x264-SVA[eztv].mkv", "The 100", None, 5, (8,)),
    (
        "The.Agents.of.S.O.M.E.S01E01.720p.HDTV.X264-GRP",
        "The Agents of S.O.M.E",
        None,
        1,
        (1,),
    ),
    ("24.S08E24.720p.HDTV.x264-GRP", "24", None, 8, (24,)),
    ("1923.S01E02.1080p.WEB.H264-CAKES", "1923", None, 1, (2,)),
    ("90210.S05E22.HDTV.x264-LOL", "90210", None, 5, (22,)),
    ("Doctor.Who.2005.S08E11.720p.HDTV.x264-FoV", "Doctor Who", 2005, 8, (11,)),
    ("Doctor Who (2005) 8x11 Dark Water", "Doctor Who", 2005, 8, (11,)),
    (
        "Some.Show.2009.S05E01.Some.Long.Title.720p.WEB-DL.DD5.1.H.264-NTb",
        "Some Show",
        2009,
        5,
        (1,),
    ),
    ("House.of.Cards.US.S03E01.1080p.NF.WEBRip", "House of Cards US", None, 3, (1,)),
    ("The Office US Season 3 Episode 12 HDTV", "The Office US", None, 3, (12,)),
    ("Show Name Season 3, Episode 12 HDTV", "Show Name", None, 3, (12,)),
    ("Show.Name.Season.3.Ep.12.HDTV.XviD-LOL", "Show Name", None, 3, (12,)),
    ("Show Name - Season 3 - Episode 12", "Show Name", None, 3, (12,)),
    ("Show.Name.Saison.2.Episode.03.FRENCH.HDTV", "Show Name", None, 2, (3,)),
    ("Show Name Staffel 2 Folge 3 German", "Show Name", None, 2, (3,)),
    ("Show.Name.S01.E05.1080p.WEB-DL", "Show Name", None, 1, (5,)),
    ("Show Name S01 E05 1080p", "Show Name", None, 1, (5,)),
    ("Show_Name_s01_e05_hdtv", "Show Name", None, 1, (5,)),
    ("Show.Name.S01Ep05.HDTV", "Show Name", None, 1, (5,)),
    ("Show Name s1 ep 5", "Show Name", None, 1, (5,)),
    ("Show.Name.S01E05a.HDTV", "Show Name", None, 1, (5,)),
    ("Show.Name.S01E05v2.HDTV", "Show Name", None, 1, (5,)),
    ("Show Name - 01x05 - The Title", "Show Name", None, 1, (5,)),
    ("Show.Name.1x05.The.Title.avi", "Show Name", None, 1, (5,)),
    ("show_name.1x05.hdtv_xvid-fov", "show name", None, 1, (5,)),
    ("Show.Name.205.HDTV.XviD-LOL", "Show Name", None, 2, (5,)),
    ("show.name.1205.hdtv-lol", "show name", None, 12, (5,)),
    ("Show.Name.305.The.Title.Of.It.HDTV.XviD-FQM", "Show Name", None, 3, (5,)),
    ("Show Name 305 720p HDTV", "Show Name", None, 3, (5,)),
    ("show.name.e07.720p.hdtv.x264", "show name", None, None, (7,)),
    ("the-show-e07-720p", "the show", None, None, (7,)),
    ("Some.Short.Series.EP02.A.Title.DVDRiP.XviD-GRP", "Some Short Series", None, None, (2,)),
    ("The.Show.Part.2.DSR.XviD-SYS", "The Show", None, 1, (2,)),
    ("The.Show.Part.Two.720p.HDTV.x264", "The Show", None, 1, (2,)),
    ("The.Show.Pt.VI.720p.HDTV.x264", "The Show", None, 1, (6,)),
    ("The.Show.Pt01.HDTV.x264", "The Show", None, 1, (1,)),
    ("Show and Show 2012 Part 1 REPACK 720p HDTV x264 2HD", "Show and Show", 2012, 1, (1,)),
    ("BBC.Some.Docu.2of6.The.Second.One.720p.HDTV.x264", "BBC Some Docu", None, 1, (2,)),
    ("BBC Some Docu (2 of 6) The Second One HDTV", "BBC Some Docu", None, 1, (2,)),
    ("Show 1x05 of 10 HDTV", "Show", None, 1, (5,)),
    ("[eztv] Show Name S02E03 HDTV", "Show Name", None, 2, (3,)),
    ("www.site.net - Show.Name.S02E03.HDTV.x264-GRP", "Show Name", None, 2, (3,)),
    ("[www.site.org] Show.Name.S02E03.HDTV.x264-GRP", "Show Name", None, 2, (3,)),
    ("Show.Name.S2020E05.WEB", "Show Name", None, 2020, (5,)),
    ("Show Name 2020x05", "Show Name", None, 2020, (5,)),
    ("Show.Name.T01E05.DUBLADO.720p", "Show Name", None, 1, (5,)),
    ("Show Name [2x05] HDTV", "Show Name", None, 2, (5,)),
    ("Show Name (2x05) HDTV", "Show Name", None, 2, (5,)),
    ("Show Name - [S02E05] - Title", "Show Name", None, 2, (5,)),
    ("Show.Name.S02E05.Title.with.720.in.it.1080p.WEB-DL", "Show Name", None, 2, (5,)),
    ("Show Name S02E05 100 Percent", "Show Name", None, 2, (5,)),
    ("Show Name S02E05 2-4-6 8", "Show Name", None, 2, (5,)),
    ("Show Name S02E05 - 24 Hours", "Show Name", None, 2, (5,)),
    ("Show.Name.S02E05.1984.720p.HDTV", "Show Name", 1984, 2, (5,)),
    ("Show.Name.S01E100.720p", "Show Name", None, 1, (100,)),
    ("Show.Name.S01E1000", "Show Name", None, 1, (1000,)),
    ("Show Name S1-E5 HDTV", "Show Name", None, 1, (5,)),
    ("Show Name Сезон 2 Серия 5", "Show Name", None, 2, (5,)),
    ("Сериал / Show Name / Сезон: 2 / Серии: 5 из 10 (2020) WEB-DL", "Show Name", 2020, 2, (5,)),
    ("Сериал / Show Name / S2E5 из 10 (2020) WEB-DL", "Show Name", 2020, 2, (5,)),
    ("Show Name 2. Sezon 5. Bölüm 1080p WEB-DL", "Show Name", None, 2, (5,)),
    ("Show Name - Temporada 3 [HDTV][Cap.312][Castellano]", "Show Name", None, 3, (12,)),
    ("Show Name - Temporada 3 Capitulo 12 [HDTV]", "Show Name", None, 3, (12,)),
    ("Show Name Stagione 2 Episodio 3 ITA", "Show Name", None, 2, (3,)),
    ("Show Name sezon 2 odcinek 3 PL", "Show Name", None, 2, (3,)),
    ("Show Name Se.2 afl.3", "Show Name", None, 2, (3,)),
    ("Show Name 第2季 第5集", "Show Name", None, 2, (5,)),
    ("中文名.Show.Name.2021.S02E05.1080p.WEB-DL.H264-GRP", "Show Name", 2021, 2, (5,)),
    ("[中文名].Show.Name.2021.S02E05.1080p.WEB-DL.H264-GRP", "Show Name", 2021, 2, (5,)),
    ("Show.Name.S03E01.REAL.PROPER.720p.HDTV", "Show Name", None, 3, (1,)),
    (
        "Show Name - S03E01 - Title [Bluray-1080p Remux][DTS-HD MA 5.1][x264]-GRP",
        "Show Name",
        None,
        3,
        (1,),
    ),
    (
        "Show Name (2019) - S03E01 - Title [WEBDL-1080p][EAC3 5.1][h264]-NTb",
        "Show Name",
        2019,
        3,
        (1,),
    ),
    (
        (
            "Show Name (2019) [tvdbid-12345] - S03E01 - Title [AMZN WEBDL-2160p][DV HDR10]"
            "[EAC3 Atmos 5.1][h265]-FLUX"
        ),
        "Show Name",
        2019,
        3,
        (1,),
    ),
    ("Show.Name.S00E05.Special.720p.WEB", "Show Name", None, 0, (5,)),
    ("Show Name S01E05 (1080p AMZN WEB-DL x265 Silence)", "Show Name", None, 1, (5,)),
    ("S01E05.Title.mkv", "", None, 1, (5,)),
    ("1x05 - Title.mkv", "", None, 1, (5,)),
    ("[SubGroup] Anime Title - S02E05 [1080p]", "Anime Title", None, 2, (5,)),
    ("[SubGroup] Anime Title - S02E05 (17) [1080p]", "Anime Title", None, 2, (5,)),
    ("[SubGroup] Anime Title - 05 (S02E05) [1080p]", "Anime Title", None, 2, (5,)),
    ("extras.s03.e05.ws.dvdrip.xvid-grp", "extras", None, 3, (5,)),
    ("some.show.2009.416.hdtv-grp", "some show", 2009, 4, (16,)),
    ("show.name.0203.HDTV-LOL", "show name", None, 2, (3,)),
    ("Show.Name.E02.2018.1080p.WEB", "Show Name", 2018, None, (2,)),
    ("Show Name (US) - S01E01 - Pilot", "Show Name (US)", None, 1, (1,)),
    ("Show_Name.15x06.Some_Title-GRP", "Show Name", None, 15, (6,)),
    ("Show S15 E06 Some Title", "Show", None, 15, (6,)),
    ("Show (S15E06) Some Title", "Show", None, 15, (6,)),
    ("01x04 - Some, Part 1 - 720p WEB-DL", "", None, 1, (4,)),
    ("[Group] Show Title - S01E01 - 001 [720p]", "Show Title", None, 1, (1,)),
    ("Show Title - 1x01 - 001 - Some Title", "Show Title", None, 1, (1,)),
    ("Show Title - 001 - S01E01 - Some Title", "Show Title", None, 1, (1,)),
    ("Show Title 001 S01E01 - Some Title", "Show Title", None, 1, (1,)),
    ("Show Title (2010) - 01x02 - 002 - Some Title [HDTV-720p]", "Show Title", 2010, 1, (2,)),
    ("[Group] Show Title S02E05 - 100 Percent [720p]", "Show Title", None, 2, (5,)),
    ("Show Title - S01E27 - 24 Hours", "Show Title", None, 1, (27,)),
    ("Show Title - S02E10 - 100 Years", "Show Title", None, 2, (10,)),
    ("NTb-462.H.1.5DD.LD-BEW.p0801.eltiT.30E20S.emaN.wohS.mkv", "Show Name", None, 2, (3,)),
    ("Show.Name.2x11.1080p.BluRay.Remux", "Show Name", None, 2, (11,)),
    ("Show-Name-S01E02-Episode-Title.mp4", "Show Name", None, 1, (2,)),
    ("Show.Name.S04E87.REAL.HDTV.x264", "Show Name", None, 4, (87,)),
    ("Show Name [1x05] Title [HDTV]", "Show Name", None, 1, (5,)),
    ("Show.Name.US.S01E05", "Show Name US", None, 1, (5,)),
    ("S1E5.mkv", "", None, 1, (5,)),
    ("Show Name 2019 S01E05 1080p", "Show Name", 2019, 1, (5,)),
    ("Show Name.S01E05.PL.1080p.WEB-DL", "Show Name", None, 1, (5,)),
    ("Show.Name.-.S01E05.-.Title.1080p", "Show Name", None, 1, (5,)),
    ("Show Name Part 2 S01E05", "Show Name Part 2", None, 1, (5,)),
    ("[Group] Show Name 1x05 [720p]", "Show Name", None, 1, (5,)),
]
SEVERAL: list[tuple[str, str, int | None, int | None, tuple[int, ...]]] = [
    ("Show Name [Cap.1012_1014][HDTV]", "Show Name", None, 10, (12, 13, 14)),
    ("Show.Name.S10E05E06.720p", "Show Name", None, 10, (5, 6)),
    ("Show.Name.S01E01-E02.720p", "Show Name", None, 1, (1, 2)),
    ("Show.Name.S01E01E02.720p", "Show Name", None, 1, (1, 2)),
    ("Show.Name.S01E01.E02.720p", "Show Name", None, 1, (1, 2)),
    ("Show.Name.S01E01-02.720p", "Show Name", None, 1, (1, 2)),
    ("Show.Name.S01E01-E02-E03.720p", "Show Name", None, 1, (1, 2, 3)),
    ("Show.Name.S01E01-02-03.720p", "Show Name", None, 1, (1, 2, 3)),
    ("Show.Name.S01E01-S01E03.720p", "Show Name", None, 1, (1, 2, 3)),
    ("Show Name S01E01 - S01E02 Title", "Show Name", None, 1, (1, 2)),
    ("Show Name S01E01 & E02", "Show Name", None, 1, (1, 2)),
    ("Show Name S01E01+E02", "Show Name", None, 1, (1, 2)),
    ("Show Name S01E01,E02", "Show Name", None, 1, (1, 2)),
    ("Show Name S01E01 and E02", "Show Name", None, 1, (1, 2)),
    ("Show Name S01E01+02", "Show Name", None, 1, (1, 2)),
    ("Show Name 1x01-02", "Show Name", None, 1, (1, 2)),
    ("Show Name 1x01-1x02", "Show Name", None, 1, (1, 2)),
    ("Show Name 1x01x02", "Show Name", None, 1, (1, 2)),
    ("Show Name 1x01+02", "Show Name", None, 1, (1, 2)),
    ("Show Name - 1x01-x02 - Title", "Show Name", None, 1, (1, 2)),
    ("Show Name S01E01~E03", "Show Name", None, 1, (1, 2, 3)),
    ("Show Name Season 1 Episodes 1-3", "Show Name", None, 1, (1, 2, 3)),
    ("Show Name Season 1 Episode 1 to 3", "Show Name", None, 1, (1, 2, 3)),
    ("Show.Name.E01-E03.HDTV", "Show Name", None, None, (1, 2, 3)),
    ("Show.Name.Ep01-03.HDTV", "Show Name", None, None, (1, 2, 3)),
    ("Show.Name.S05E01-E05.of.10.HDTV", "Show Name", None, 5, (1, 2, 3, 4, 5)),
    ("Show.Name.S01E01E02E03E04.720p", "Show Name", None, 1, (1, 2, 3, 4)),
    ("Show.Name.10708.hdtv-lol", "Show Name", None, 1, (7, 8)),
    ("Show.S01E01-E03E05E07-E09.mp4", "Show", None, 1, (1, 2, 3, 5, 7, 8, 9)),
    ("Show.Name.S01E01 to E03.mp4", "Show Name", None, 1, (1, 2, 3)),
    ("Show.Name.S01E01_E02.720p", "Show Name", None, 1, (1, 2)),
    ("Show.Name.1x01_1x02.720p", "Show Name", None, 1, (1, 2)),
    ("Show.Name.101-102.HDTV.XviD", "Show Name", None, 1, (1, 2)),
    ("Show.Name.S02E03-04-05-06-07.HDTV", "Show Name", None, 2, (3, 4, 5, 6, 7)),
    ("Show Title (2010) - S01E02-03 - 001-002 - Some Title", "Show Title", 2010, 1, (2, 3)),
]


@pytest.mark.parametrize(("name", "title", "year", "season", "episodes"), SINGLE + SEVERAL)
def test_reads_episodes(
    name: str, title: str, year: int | None, season: int | None, episodes: tuple[int, ...]
) -> None:
    facts = parse(name)
    assert facts.kind is Kind.EPISODE
    assert (facts.title, facts.year) == (title, year)
    assert (facts.season, facts.episodes) == (season, episodes)


ODD_FORMS: list[tuple[str, str, int | None, int | None, tuple[int, ...]]] = [
    ("Show Name 01E06.mkv", "Show Name", None, 1, (6,)),
    ("Show.Name1x02.HDTV.avi", "Show Name", None, 1, (2,)),
    ("ShowNameS01E05.mkv", "ShowName", None, 1, (5,)),
    ("Show Name [5.01] Title.mkv", "Show Name", None, 5, (1,)),
    ("Show Name - 6.01 - Title.mkv", "Show Name", None, 6, (1,)),
    ("Show Name - Episode 1.22 - Title.avi", "Show Name", None, 1, (22,)),
    ("Show Name Sn4 Ep14 HDTV", "Show Name", None, 4, (14,)),
    ("Show.Name.Season.05.Ep(01-10).720p.WEBRip", "Show Name", None, 5, tuple(range(1, 11))),
    ("Show.Name.Season.2.1of4.Title.HDTV", "Show Name", None, 2, (1,)),
    ("Show.Name.3.sezon.22.seria.iz.24.XviD", "Show Name", None, 3, (22,)),
    ("Show Name 5-й сезон 09-я серия", "Show Name", None, 5, (9,)),
    ("Show Name 2012.211.Some.Title.avi", "Show Name", 2012, 2, (11,)),
    ("Show Name (2016) - Stagione 6 720p ep13.mkv", "Show Name", 2016, 6, (13,)),
    ("Show Name S05E53 - Ep.129.mkv", "Show Name", None, 5, (53,)),
    ("Show Name - s01e05 - 2014-05-06 - Title.mkv", "Show Name", None, 1, (5,)),
    ("{Group} Show Name - S01E05.mkv", "Show Name", None, 1, (5,)),
    ("[S01E05] Some Title.mkv", "", None, 1, (5,)),
]


@pytest.mark.parametrize(("name", "title", "year", "season", "episodes"), ODD_FORMS)
def test_reads_odd_forms(
    name: str, title: str, year: int | None, season: int | None, episodes: tuple[int, ...]
) -> None:
    facts = parse(name)
    assert facts.kind is Kind.EPISODE
    assert (facts.title, facts.year, facts.season) == (title, year, season)
    assert facts.episodes == episodes
    assert facts.release_group in ("", "Group")


# Name, title, season, all seasons.
PACKS: list[tuple[str, str, int | None, tuple[int, ...]]] = [
    ("Show.Name.S01.1080p.BluRay.x264-ROVERS", "Show Name", 1, ()),
    ("Show.Name.S01.COMPLETE.720p.HDTV", "Show Name", 1, ()),
    ("Show Name Complete Season 1 HDTV", "Show Name", 1, ()),
    ("Show Name Season 1 Complete 720p", "Show Name", 1, ()),
    ("Show.Name.Season.1.720p.WEB-DL", "Show Name", 1, ()),
    (
        "Show Name (2010) Season 1 S01 (1080p BluRay x265 HEVC 10bit AAC 5.1 Tigole) [QxR]",
        "Show Name",
        1,
        (),
    ),
    ("Show.Name.S01-S03.1080p.BluRay", "Show Name", 1, (1, 2, 3)),
    ("Show.Name.S01-03.1080p.BluRay", "Show Name", 1, (1, 2, 3)),
    ("Show Name Seasons 1-5 Complete 720p", "Show Name", 1, (1, 2, 3, 4, 5)),
    ("Show Name Season 1 to 5 Complete 720p", "Show Name", 1, (1, 2, 3, 4, 5)),
    ("Show.Name.Saison.03.FRENCH.HDTV", "Show Name", 3, ()),
    ("Show Name Staffel 3 German", "Show Name", 3, ()),
    ("Show.Name.Stagione.2.iTALiAN.WEBRip", "Show Name", 2, ()),
    ("Show Name - Temporada 2 [HDTV]", "Show Name", 2, ()),
    ("Show.Name.S2019.1080p.WEB-DL", "Show Name", 2019, ()),
    ("Show Name S03 Part 2 1080p NF WEB-DL", "Show Name", 3, ()),
    ("Show.Name.S03D01.BluRay.COMPLETE", "Show Name", 3, ()),
    ("Show.Name.S03.DISC2.BluRay", "Show Name", 3, ()),
    ("Show.Name.Season.Two.720p", "Show Name", 2, ()),
    ("[Group] Show Name - Season 2 [1080p]", "Show Name", 2, ()),
    ("[Group] Show Name (Season 2) [BD 1080p] (Batch)", "Show Name", 2, ()),
    ("Show.Name.S01.1080p.WEB-DL.DD5.1.H.264-NTb", "Show Name", 1, ()),
    ("Show Name 3 сезон WEB-DL 1080p", "Show Name", 3, ()),
    ("Сериал / Show Name / Сезон 2 (2020) WEBRip", "Show Name", 2, ()),
    ("Show.Name.S1.German.720p", "Show Name", 1, ()),
    ("Show Name S01+S02 1080p", "Show Name", 1, (1, 2)),
    ("[Group] Show Name S01 (2020) [1080p]", "Show Name", 1, ()),
    ("Show S01 (BD 1080p HEVC FLAC) | Other Title", "Show", 1, ()),
    ("Show Name Season 1, 2 & 3 Complete", "Show Name", 1, (1, 2, 3)),
    ("S01.mp4", "", 1, ()),
    ("The.Show.Name.S02.VFF.1080p", "The Show Name", 2, ()),
    ("Show.Name.S01E01-E24.1080p.BluRay", "Show Name", 1, ()),
    ("Show Name S01E01-24 [1080p]", "Show Name", 1, ()),
    ("Show Name The Complete Series 1080p BluRay", "Show Name", None, ()),
    ("Show Name - S01 / S02 / S03", "Show Name", 1, (1, 2, 3)),
    ("Show Name S01--S07 Complete", "Show Name", 1, (1, 2, 3, 4, 5, 6, 7)),
    ("Show Name All Seasons (1-8) 720p", "Show Name", 1, (1, 2, 3, 4, 5, 6, 7, 8)),
    ("Show Name: 2nd Season", "Show Name", 2, ()),
    ("Show Name 1a. Temporada", "Show Name", 1, ()),
]


@pytest.mark.parametrize(("name", "title", "season", "seasons"), PACKS)
def test_reads_season_packs(
    name: str, title: str, season: int | None, seasons: tuple[int, ...]
) -> None:
    facts = parse(name)
    assert facts.kind is Kind.SEASON
    assert (facts.title, facts.season, facts.seasons) == (title, season, seasons)
    assert facts.episodes == ()


# Name, title, day.
DAILY: list[tuple[str, str, str]] = [
    ("Late.Show.2015.03.04.Some.Guest.720p.HDTV.x264-CROOKS", "Late Show", "2015-03-04"),
    ("Late Show 2015-03-04 Some Guest HDTV", "Late Show", "2015-03-04"),
    ("Late.Show.04.15.2015.HDTV", "Late Show", "2015-04-15"),
    ("Late.Show.15.04.2015.HDTV", "Late Show", "2015-04-15"),
    ("Late Show 20150304 HDTV", "Late Show", "2015-03-04"),
    ("Late_Show_2015_03_04_hdtv", "Late Show", "2015-03-04"),
    ("Late Show - 2015-03-04 - Some Guest [HDTV-720p]", "Late Show", "2015-03-04"),
    ("Late.Show.140722.720p.HDTV.x264-GRP", "Late Show", "2014-07-22"),
    ("Late Show 6 May 2014 HDTV", "Late Show", "2014-05-06"),
    ("Late Show May 6th, 2014 HDTV", "Late Show", "2014-05-06"),
    ("Late.Show.2015.03.04.PART.2.HDTV", "Late Show", "2015-03-04"),
    ("Late Show (2015-03-04) HDTV", "Late Show", "2015-03-04"),
    ("2015.03.04 Late Show Guest", "", "2015-03-04"),
    ("Soap Opera 20201013 Ep7432 [720p WebRip (x264)] [SUBS]", "Soap Opera", "2020-10-13"),
    ("Show.Name.2012.2015.03.04.HDTV", "Show Name", "2015-03-04"),
    ("Show - 2013-10-30 - Some Title (1) [HDTV-720p]", "Show", "2013-10-30"),
]


@pytest.mark.parametrize(("name", "title", "day"), DAILY)
def test_reads_days(name: str, title: str, day: str) -> None:
    facts = parse(name)
    assert facts.kind is Kind.EPISODE
    assert (facts.title, str(facts.air_date)) == (title, day)


# Name, title, absolute numbers.
ABSOLUTE: list[tuple[str, str, tuple[int, ...]]] = [
    ("【字幕组】Show Name - 05 [1080p]", "Show Name", (5,)),
    ("[SubGroup] Anime Title - 05 [720p].mkv", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 05v2 [720p].mkv", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 05 (720p) [ABCD1234].mkv", "Anime Title", (5,)),
    ("[SubGroup]_Anime_Title_-_05_[720p][ABCD1234].mkv", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 05 - The Episode Title [720p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title 05 [720p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title Ep 05 [720p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title Episode 05 [720p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - E05 [720p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 005 [720p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 1005 [720p]", "Anime Title", (1005,)),
    ("[SubGroup][Anime Title][05][1080p][x264]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title [05][1080p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title 2 - 05 [1080p]", "Anime Title 2", (5,)),
    ("[SubGroup] Anime Title 2nd Season - 05 [1080p]", "Anime Title 2nd Season", (5,)),
    ("[SubGroup] Anime Title S2 - 05 [1080p]", "Anime Title S2", (5,)),
    ("[SubGroup] Anime Title II - 05 [1080p]", "Anime Title II", (5,)),
    ("[SubGroup] Anime Title (2019) - 05 [1080p]", "Anime Title", (5,)),
    ("[SubGroup] Anime-Title - 05 (BD 1080p)", "Anime-Title", (5,)),
    ("[SubGroup] Anime Title - 05-06 [1080p]", "Anime Title", (5, 6)),
    ("[SubGroup] Anime Title - 01-12 [1080p] (Batch)", "Anime Title", tuple(range(1, 13))),
    ("[SubGroup] Anime Title 01~12 [BD]", "Anime Title", tuple(range(1, 13))),
    ("[SubGroup] Anime Title (01-12) [BD 1080p]", "Anime Title", tuple(range(1, 13))),
    ("[SubGroup] Anime Title - 01 ~ 12 [BD 1080p]", "Anime Title", tuple(range(1, 13))),
    ("Anime Title - 05 - Episode Title [SubGroup]", "Anime Title", (5,)),
    ("Anime Title - 05 [1080p]", "Anime Title", (5,)),
    ("Anime Title 05 VOSTFR 720p", "Anime Title", (5,)),
    ("Anime_Title_05_(DVD)_(Group)", "Anime Title", (5,)),
    ("[SubGroup].Anime.Title.-.05.[1080p]", "Anime Title", (5,)),
    ("[SubGroup]Anime.Title.05.1080p", "Anime Title", (5,)),
    ("[SubGroup] Anime Title! - 05 [1080p]", "Anime Title!", (5,)),
    ("[SubGroup] 86 - Eighty Six - 05 [1080p]", "86 - Eighty Six", (5,)),
    ("[SubGroup] 100-man no Anime - 05 [1080p]", "100-man no Anime", (5,)),
    ("[SubGroup] Anime Title - 12.5 [1080p]", "Anime Title", ()),
    ("Anime.Title.EP05.1080p.WEB-DL.AAC2.0.H.264-GRP", "Anime Title", (5,)),
    ("Anime Title #05 [1080p]", "Anime Title", (5,)),
    ("アニメ 第05話 「タイトル」", "アニメ", (5,)),
    ("[SubGroup] Anime Title E05v2 [1080p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 05 END [1080p]", "Anime Title", (5,)),
    ("[SubGroup] Anime Title - 12 [END] [1080p]", "Anime Title", (12,)),
    ("Anime Title - 001-050 [1080p]", "Anime Title", tuple(range(1, 51))),
    ("[Group] Show Title OVA - 01 [720p]", "Show Title OVA", (1,)),
    ("[Group] Show Title - 05 (2017) [1080p]", "Show Title", (5,)),
    ("[Group] Show Name (TV) - 05 [720p]", "Show Name (TV)", (5,)),
    ("[Group] Show Name Season 2 - 05 [720p]", "Show Name Season 2", (5,)),
    ("[Group] Show Name: Subtitle - 05 [720p]", "Show Name: Subtitle", (5,)),
    ("[Group] Show Name - 5 [720p]", "Show Name", (5,)),
    ("[Group] Show Name 5 [720p]", "Show Name", (5,)),
    ("[Group] Show.Name.05v2.[720p]", "Show Name", (5,)),
    ("[Group] Show Name - 05 [v2][720p]", "Show Name", (5,)),
    ("[Group] Show Name - (05) [720p]", "Show Name", (5,)),
    ("Show_Name_-_05_[Group][720p]", "Show Name", (5,)),
    ("Show.Name.-.05.-.Title.[Group]", "Show Name", (5,)),
    ("[Group] Show Name ep05 720p", "Show Name", (5,)),
    ("[Group] Show Name - 05 VOSTFR [1080p]", "Show Name", (5,)),
    ("Show Name 105 VOSTFR", "Show Name", (105,)),
    ("[Group] Show Name - 113.5 [720p]", "Show Name", ()),
    ("[Group] Show Name - 05 [10bit][FLAC]", "Show Name", (5,)),
    ("[Group] 3-gatsu no Show - 05 [720p]", "3-gatsu no Show", (5,)),
    ("[Group] Show 2.0 - 05 [720p]", "Show 2.0", (5,)),
    ("[Group] Show.Name.S02.-.05.[720p]", "Show Name S02", (5,)),
    ("[Group] Show Name S02 05 [720p]", "Show Name S02", (5,)),
    ("Show Name (DVD) - 01v2 [x-y].mkv", "Show Name", (1,)),
    ("[Group] [BD][1080p] Show no Name 08 [4D10CB7C].mkv", "Show no Name", (8,)),
    ("(Hi10)_Show_Name_-_02v2_(720p)_(72F06E34).mkv", "Show Name", (2,)),
    ("Show Name 2 [88E4F7F0].mkv", "Show Name", (2,)),
    ("[Group] Show Name - 09a (DVD) [4987A745].mkv", "Show Name", (9,)),
    ("[Group] Show Name - 01v2-03v2 (1280x720)", "Show Name", (1, 2, 3)),
    ("[Group] Show Name - 01 - 12 [1080p]", "Show Name", tuple(range(1, 13))),
    ("[Group] 009-1 - 02 [1080p]", "009-1", (2,)),
    ("Show Name E1-200 1080p BluRay", "Show Name", tuple(range(1, 201))),
    ("Show.Name.-.476-479.(2007).[Group][WEBRip]", "Show Name", (476, 477, 478, 479)),
    ("[Group] Show Name - 01+02 [720p]", "Show Name", (1, 2)),
    ("[Group] Show Name - 01 & 02 [720p]", "Show Name", (1, 2)),
    ("[Group] Show Name - 01_02 [720p]", "Show Name", (1, 2)),
    ("[Group] Show Name Ep 01-02 [720p]", "Show Name", (1, 2)),
]


@pytest.mark.parametrize(("name", "title", "numbers"), ABSOLUTE)
def test_reads_absolute_numbers(name: str, title: str, numbers: tuple[int, ...]) -> None:
    facts = parse(name)
    assert facts.kind is Kind.EPISODE
    assert (facts.title, facts.absolute_episodes) == (title, numbers)


BOTH = [
    ("[Group] Show Title - S01E01 - 001 [720p]", 1, (1,), (1,)),
    ("[Group] Show Title S10E14 214", 10, (14,), (214,)),
    ("Show Title - 001 - S01E01 - Some Title", 1, (1,), (1,)),
    ("Show Title (2010) - S01E02-03 - 001-002 - Some Title", 1, (2, 3), (1, 2)),
    ("[Group] Show Title - S02E05 (17) [1080p]", 2, (5,), (17,)),
    ("Show Title - S02E10 - 100 Years", 2, (10,), ()),
]


@pytest.mark.parametrize(("name", "season", "episodes", "absolute"), BOTH)
def test_reads_both_numberings(
    name: str, season: int, episodes: tuple[int, ...], absolute: tuple[int, ...]
) -> None:
    facts = parse(name)
    assert (facts.season, facts.episodes, facts.absolute_episodes) == (season, episodes, absolute)


def test_a_season_of_an_anime_stays_in_the_title_and_is_known() -> None:
    facts = parse("[Group] Title S3 - 12 [720p]")
    assert (facts.title, facts.season, facts.absolute_episodes) == ("Title S3", 3, (12,))


TITLES = [
    ("Show Name - S02E05 - The Title [1080p]", ("The Title",)),
    ("Show.Name.S02E05.The.Title.1080p.WEB-DL", ("The Title",)),
    ("Show.Name.S02E05.The.Title.German.DL.1080p.WEB", ("The Title",)),
    ("Show.Name.S02E05.The.Final.Cut.1080p.WEB", ("The Final Cut",)),
    ("Show.Name.S02E05.The.Title-GRP", ("The Title",)),
    ("Show-Name-S01E02-Episode-Title.mp4", ("Episode Title",)),
    ("Show Name S02E05E06 One & Two", ("One", "Two")),
    ("Show Name S02E05-E07 One, Two and Three", ("One", "Two", "Three")),
    (
        "Show Name S02E05-E07 - The Summit The Sitter The Keeper Of It",
        ("The Summit", "The Sitter", "The Keeper Of It"),
    ),
    ("Show Name S02E05E06 Two of a Kind", ("Two of a Kind",)),
    ("Show.Name.S02E05.1080p.WEB-DL", ()),
    ("[Group] Show - 05 - The Title [1080p]", ("The Title",)),
]


@pytest.mark.parametrize(("name", "titles"), TITLES)
def test_reads_titles_of_episodes(name: str, titles: tuple[str, ...]) -> None:
    assert parse(name).episode_titles == titles


SPECIALS = [
    ("Show.Name.S00E05.Title.720p.WEB", "special", 5),
    ("[Group] Show Name - OVA2 [1080p]", "ova", 2),
    ("[Group] Show Name OAD [1080p]", "oad", None),
    ("[Group] Show Name ONA - 03 [1080p]", "ona", None),
    ("[Group] Show Name - SP2 [1080p]", "special", 2),
    ("[Group] Show Name - 12.5 [1080p]", "special", None),
    ("Show.Name.Movie.01.mp4", "movie", 1),
]


@pytest.mark.parametrize(("name", "kind", "number"), SPECIALS)
def test_reads_specials(name: str, kind: str, number: int | None) -> None:
    facts = parse(name)
    assert facts.special
    assert (facts.special_type, facts.special_number) == (kind, number)


VERSIONS = [
    ("Show.Name.S01E02.1080p.WEB", None),
    ("Show.Name.S01E02.PROPER.1080p.WEB", 2),
    ("Show.Name.S01E02.REPACK.1080p.WEB", 2),
    ("Show.Name.S01E02.REPACK2.1080p.WEB", 3),
    ("Show.Name.S01E02.REAL.PROPER.1080p.WEB", 3),
    ("Show.Name.S01E02v2.1080p.WEB", 2),
    ("[Group] Show - 05v3 [1080p]", 3),
    ("[Group] Film Title (2016) v2 [8A72C1D0].mkv", 2),
]


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_reads_versions(name: str, version: int | None) -> None:
    assert parse(name).version == version


MEANINGLESS = [
    "a8f3c2e1d4b5a6978877665544332211.mkv",
    "KDJ8fh3kS9d2LdkW8s",
    "AHFMZXGHEWD660",
    "Backup_72023S02-12",
    "170424_26",
]


@pytest.mark.parametrize("name", MEANINGLESS)
def test_rejects_names_that_say_nothing(name: str) -> None:
    facts = parse(name)
    assert facts.kind is Kind.UNKNOWN
    assert facts.title == ""
    assert facts.confidence == 0.0


def test_reads_a_name_written_backwards() -> None:
    facts = parse("PRG-462x.p027.01E20S.emaN.wohS.mkv")
    assert (facts.title, facts.season, facts.episodes) == ("Show Name", 2, (10,))
    assert (facts.resolution, facts.release_group) == (720, "GRP")


def test_says_what_the_tags_say() -> None:
    facts = parse(
        "Show.Name.2019.S01E02.German.DL.2160p.AMZN.WEB-DL.DDP5.1.Atmos.DV.HDR10.H.265-GRP.mkv"
    )
    assert facts == Facts(
        kind=Kind.EPISODE,
        title="Show Name",
        year=2019,
        season=1,
        episodes=(2,),
        resolution=2160,
        source="webdl",
        video_codec="h265",
        audio_codec="eac3",
        audio_channels="5.1",
        hdr=("DV", "HDR10"),
        languages=("de",),
        release_group="GRP",
        container="mkv",
        confidence=0.85,
    )
