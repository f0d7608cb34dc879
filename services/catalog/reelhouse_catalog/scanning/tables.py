"""What is known of containers."""

from __future__ import annotations

FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,avi,dsf,dts,dtshd,dv,eac3,flac,flv,h264,hevc,iff,latm,live_flv,"
    "loas,m4v,matroska,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nsv,nut,ogg,rm,shn,"
    "spdif,swf,tak,truehd,tta,vc1,w64,wav,webm,wtv,wv"
)
"""The demuxers of libavformat that read media and nothing else: no playlists, no lists of files."""

MIME_TYPES = {
    "3gp": "video/3gpp",
    "aac": "audio/aac",
    "aif": "audio/aiff",
    "aiff": "audio/aiff",
    "ape": "audio/x-ape",
    "asf": "video/x-ms-asf",
    "avi": "video/x-msvideo",
    "divx": "video/x-msvideo",
    "dsf": "audio/x-dsf",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "m2ts": "video/mp2t",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "m4v": "video/mp4",
    "mka": "audio/x-matroska",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "mts": "video/mp2t",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogm": "video/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "rmvb": "application/vnd.rn-realmedia-vbr",
    "ts": "video/mp2t",
    "vob": "video/dvd",
    "wav": "audio/wav",
    "webm": "video/webm",
    "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv",
    "wv": "audio/x-wavpack",
}
"""Media types by extension, as browsers and players know them."""
