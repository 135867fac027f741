"""Decoding through PyAV: AAC and ALAC in mp4, bare AAC, and MP3.

MP3 is here because libsndfile estimates the length of one without a Xing header and stops there.
Encoder delay is left out at the start by the demuxer (edit list, LAME tag) and padding at the end
by the promised length. FFmpeg's own handling of edit lists is off: it drops whole packets by edits
counted in milliseconds.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from remixer.audio import mp4, mpeg
from remixer.audio.decoding import Blocks, Description, Native
from remixer.audio.spool import Spool
from remixer.errors import InputError

_DEMUXERS = {"M4A": "mp4", "ADTS": "aac", "MP3": "mp3"}
_SUBTYPES = {
    "aac": "AAC",
    "mp3": "MPEG_LAYER_III",
    "mp3float": "MPEG_LAYER_III",
    "mp2": "MPEG_LAYER_II",
    "mp2float": "MPEG_LAYER_II",
    "mp1": "MPEG_LAYER_I",
    "mp1float": "MPEG_LAYER_I",
}
_ALAC_DEPTH = 17
"""Where ALAC's cookie holds the depth: after a box header (12 bytes), frame length and version."""


def open_avfile(path: Path, kind: str, track: int = 0) -> tuple[Description, Spool]:
    """A file that PyAV decodes, by the kind that `sniff` found. track: which of its sound tracks.

    Raises InputError if it is damaged or holds no sound that Remixer reads.
    """
    container = _open(path, kind)
    try:
        stream = _sound(path, container, track)
        frames = _frames(path, container, stream)
        first = next(frames, None)
        if first is None:
            raise InputError(f"{path.name} holds no samples: choose another file")
        what = _describe(kind, stream, first)
    except BaseException:
        container.close()
        raise
    blocks = _blocks(path, container, stream, first, frames, what)
    return what, Spool(path.name, what, blocks, _promised(path, kind, what.rate))


def _open(path: Path, kind: str) -> InputContainer:
    options = {"advanced_editlist": "0"} if kind == "M4A" else {}
    try:
        return av.open(
            str(path.resolve()),
            format=_DEMUXERS[kind],
            options=options,
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError) as error:
        raise InputError(
            f"{path.name} is not {kind} that can be read ({error.strerror}): "
            "it is truncated or damaged, copy or download it again"
        ) from error


def _sound(path: Path, container: InputContainer, track: int) -> AudioStream:
    if not container.streams.audio:
        raise InputError(f"{path.name} has no sound track: choose another file")
    if track >= len(container.streams.audio):
        raise InputError(
            f"{path.name} has {len(container.streams.audio)} sound tracks, no number {track}: "
            "it is no file of stems, or not whole"
        )
    stream = container.streams.audio[track]
    codec = stream.codec_context
    name = codec.name if codec else "an unknown encoding"
    if name not in _SUBTYPES and name != "alac":
        raise InputError(
            f"{path.name} holds {name}; Remixer reads AAC and ALAC in mp4: convert it to FLAC"
        )
    return stream


def _promised(path: Path, kind: str, rate: int) -> int | None:
    if kind == "M4A":
        return mp4.promised_samples(path, rate)
    return mpeg.promised_samples(path) if kind == "MP3" else None


def _describe(kind: str, stream: AudioStream, first: AudioFrame) -> Description:
    name = stream.codec_context.name
    if name == "alac":
        cookie = stream.codec_context.extradata or b""
        subtype = f"ALAC_{cookie[_ALAC_DEPTH] if len(cookie) > _ALAC_DEPTH else 16}"
    else:
        subtype = _SUBTYPES[name]
    format = "M4A" if kind == "ADTS" else kind
    return Description(format, subtype, first.sample_rate, first.layout.nb_channels)


def _frames(path: Path, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames in order. What does not decode before the first or after the last is junk."""
    failure: av.FFmpegError | None = None
    done = 0.0
    for packet in _packets(path, container, stream):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            failure = failure or error
            continue
        if frames and failure and done:
            raise InputError(
                f"{path.name} is damaged after {done:.3f} s ({failure.strerror}): "
                "copy or download it again"
            )
        for frame in frames:
            done += frame.samples / frame.sample_rate
            yield frame


def _packets(
    path: Path, container: InputContainer, stream: AudioStream
) -> Iterator["av.Packet[AudioStream]"]:
    """What is to be decoded, in order."""
    try:
        yield from container.demux(stream)
    except av.FFmpegError as error:
        raise InputError(
            f"{path.name} is damaged ({error.strerror}): copy or download it again"
        ) from error


def _blocks(
    path: Path,
    container: InputContainer,
    stream: AudioStream,
    first: AudioFrame,
    frames: Iterator[AudioFrame],
    what: Description,
) -> Blocks:
    """The whole track in order, from the time that the container calls its start."""
    with container:
        early = _early(stream, first)
        yield _native(path, first, what)[early:]
        for frame in frames:
            yield _native(path, frame, what)


def _early(stream: AudioStream, first: AudioFrame) -> int:
    """Samples of the first frame that lie before the track's start: encoder delay left in."""
    start = stream.start_time
    if first.pts is None or first.time_base is None or start is None or stream.time_base is None:
        return 0
    seconds = start * Fraction(stream.time_base) - first.pts * Fraction(first.time_base)
    return max(0, round(seconds * first.sample_rate))


def _native(path: Path, frame: AudioFrame, what: Description) -> Native:
    """A frame as (n, channels)."""
    if (frame.sample_rate, frame.layout.nb_channels) != (what.rate, what.channels):
        raise InputError(
            f"{path.name} changes from {what.rate} Hz, {what.channels} channels to "
            f"{frame.sample_rate} Hz, {frame.layout.nb_channels} channels; Remixer reads one "
            "format: convert it to WAV"
        )
    data = frame.to_ndarray()
    data = data.T if frame.format.is_planar else data.reshape(-1, what.channels)
    if data.dtype == np.int16 and what.grid:
        return data.astype(np.int32) << 16
    return data.astype(what.dtype)
