"""ffmpeg's command line, built from closed vocabularies and numbers only. No I/O."""

from __future__ import annotations

from reelhouse_transcode.transcodes.model import PLAYLIST, Codec, Format, Source, Spec

_CRF_RANGE = 51
"""H.264's constant rate factor goes from 0, lossless, to 51."""
_DEMUXERS = {
    "matroska,webm": "matroska",
    "mov,mp4,m4a,3gp,3g2,mj2": "mov",
}
FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,avi,dsf,dts,dtshd,dv,eac3,flac,flv,h264,hevc,latm,loas,m4v,"
    "matroska,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nut,ogg,rm,tak,truehd,tta,vc1,"
    "w64,wav,webm,wtv,wv"
)
"""Demuxers that read media and nothing else: no playlists, no lists of files."""


def arguments(spec: Spec, source: Source, folder: bytes) -> list[bytes]:
    """Returns what ffmpeg is called with, without its own path, to write into a folder."""
    text = [
        "-nostdin",
        "-hide_banner",
        "-y",
        "-loglevel",
        "error",
        "-progress",
        "pipe:1",
        "-stats_period",
        "0.5",
        # A file that is a playlist in disguise opens nothing else.
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        FORMATS,
    ]
    demuxer = _DEMUXERS.get(source.container, source.container.split(",", maxsplit=1)[0])
    if demuxer in FORMATS.split(","):
        text += ["-f", demuxer]
    command = [part.encode() for part in text]
    # The prefix keeps names such as "concat:x" or "-y" from meaning anything else than a file.
    command += [b"-i", b"file:" + source.path]
    command += [part.encode() for part in [*_video(spec, source), *_audio(spec), *_COMMON]]
    return command + _output(spec, folder)


_COMMON = [
    "-sn",
    "-dn",
    "-map_metadata",
    "-1",
    "-map_chapters",
    "-1",
    "-max_muxing_queue_size",
    "4096",
]


def _video(spec: Spec, source: Source) -> list[str]:
    if spec.video_codec is Codec.NONE:
        return ["-vn"]
    mapped = ["-map", f"0:{spec.video_stream}"]
    if spec.video_codec is Codec.COPY:
        codec = next((s.codec for s in source.streams if s.index == spec.video_stream), "")
        # Apple's players take HEVC in MP4 only under this tag.
        return [*mapped, "-c:v", "copy", *(["-tag:v", "hvc1"] if codec == "hevc" else [])]
    quality = spec.quality or 0
    options = [
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        # 0 would be lossless, which the profile that players know does not have.
        str(max(1, round(_CRF_RANGE * (100 - quality) / 100))),
        "-pix_fmt",
        "yuv420p",
        "-profile:v",
        "high",
    ]
    if spec.max_video_bit_rate:
        options += ["-maxrate", str(spec.max_video_bit_rate)]
        options += ["-bufsize", str(2 * spec.max_video_bit_rate)]
    if spec.segment_seconds:
        # Segments begin with key frames, and all are of one length.
        options += ["-force_key_frames", f"expr:gte(t,n_forced*{spec.segment_seconds})"]
        options += ["-sc_threshold", "0"]
    return [*mapped, "-vf", _scale(spec), *options]


def _scale(spec: Spec) -> str:
    """Returns the filter that shrinks pictures to the limits; sides of H.264 are even."""
    width = f"min({spec.max_width},iw)" if spec.max_width else "iw"
    height = f"min({spec.max_height},ih)" if spec.max_height else "ih"
    return (
        f"scale=w='{width}':h='{height}':force_original_aspect_ratio=decrease:force_divisible_by=2"
    )


def _audio(spec: Spec) -> list[str]:
    if spec.audio_codec is Codec.NONE:
        return ["-an"]
    mapped = ["-map", f"0:{spec.audio_stream}"]
    if spec.audio_codec is Codec.COPY:
        return [*mapped, "-c:a", "copy"]
    rate, channels = str(spec.audio_bit_rate), str(spec.max_audio_channels)
    return [*mapped, "-c:a", "aac", "-b:a", rate, "-ac", channels]


def _output(spec: Spec, folder: bytes) -> list[bytes]:
    if spec.format is Format.MP4:
        return [b"-f", b"mp4", b"-movflags", b"+faststart", folder + b"/" + file_name(spec)]
    options = [
        "-f",
        "hls",
        "-hls_time",
        str(spec.segment_seconds),
        "-hls_playlist_type",
        "event",
        "-hls_list_size",
        "0",
        "-hls_segment_type",
        "fmp4",
        "-hls_fmp4_init_filename",
        "init.mp4",
        # A segment gets its name when it is whole.
        "-hls_flags",
        "independent_segments+temp_file",
        "-hls_segment_filename",
    ]
    return [
        *(part.encode() for part in options),
        folder + b"/seg-%05d.m4s",
        folder + b"/" + file_name(spec),
    ]


def file_name(spec: Spec) -> bytes:
    """Returns the name of the file that ffmpeg is told to write."""
    return PLAYLIST.encode() if spec.format is Format.HLS else b"file.mp4"
