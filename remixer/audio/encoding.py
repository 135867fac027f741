"""Encoders: native blocks in, a file out. libsndfile for all but m4a, PyAV for that."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, cast

import av
import numpy as np
import soundfile
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from remixer.audio.formats import BITS, FLOATS, FileFormat
from remixer.audio.names import native
from remixer.audio.repair import clear_peak_time, set_aiff_length

_CHUNK = 2**16
"""Samples a call: libsndfile's Vorbis encoder keeps them on the stack and crashes on millions."""

_QUALITY = {"VORBIS": 0.2, "OPUS": 0.5, "MPEG_LAYER_III": 0.0}
"""libsndfile's compression level, 0 is best: Vorbis q8, Opus 131 kb/s a channel, MP3 its best."""

_AAC_BITS_PER_SECOND = 160_000
"""For each channel."""

_AV_KINDS = {"AAC": ("aac", "fltp"), "ALAC_16": ("alac", "s16p"), "ALAC_24": ("alac", "s32p")}
_LAYOUTS = ("mono", "stereo")


class EncodingError(Exception):
    """What an encoder said; the writer makes an OutputError of it."""


class Encoder(Protocol):
    """A growing file."""

    def write(self, block: NDArray[Any]) -> None:
        """Append (n, channels): int32 left-justified, float32 or float64, as the subtype wants."""
        ...

    def close(self) -> None:
        """Write what is held back and close the file; again does nothing."""
        ...


def open_encoder(
    path: Path, what: FileFormat, rate: int, channels: int, tracks: int = 1
) -> Encoder:
    """An encoder for an existing empty file. tracks: sound tracks beside each other, M4A only; the
    channels of a block are those of the first, then those of the second...

    Raises EncodingError here and in all methods.
    """
    if what.format == "M4A":
        return _AvEncoder(path, what, rate, channels, tracks)
    return _SndEncoder(path, what, rate, channels)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the libraries as EncodingError. soundfile asserts that all samples were written."""
    try:
        yield
    except (soundfile.SoundFileError, AssertionError, OSError, av.FFmpegError) as error:
        raise EncodingError(getattr(error, "strerror", None) or str(error)) from error


class _SndEncoder:
    def __init__(self, path: Path, what: FileFormat, rate: int, channels: int) -> None:
        self._path = path
        self._what = what
        self._written = 0
        self._frame = channels * BITS.get(what.subtype, 0) // 8
        quality = _QUALITY.get(what.subtype)
        mp3 = what.subtype == "MPEG_LAYER_III"
        with _told():
            self._file = soundfile.SoundFile(
                native(path, "w"),
                "w",
                rate,
                channels,
                subtype=what.subtype,
                format="OGG" if what.format == "OPUS" else what.format,
                compression_level=quality,
                bitrate_mode="CONSTANT" if mp3 else None,
            )

    def write(self, block: NDArray[Any]) -> None:
        """Append (n, channels)."""
        with _told():
            for start in range(0, len(block), _CHUNK):
                self._file.write(np.ascontiguousarray(block[start : start + _CHUNK]))
        self._written += len(block)

    def close(self) -> None:
        """Finish and close."""
        if self._file.closed:
            return
        with _told():
            self._file.close()
            if self._what.subtype in FLOATS:
                clear_peak_time(self._path)
            elif self._what.format == "AIFF" and self._written * self._frame % 2:
                set_aiff_length(self._path, self._written, self._frame)


class _AvEncoder:
    """AAC or ALAC. The movie's clock is the sampling rate: the edit list tells the exact length."""

    def __init__(self, path: Path, what: FileFormat, rate: int, channels: int, tracks: int) -> None:
        codec, self._kind = _AV_KINDS[what.subtype]
        self._rate, self._channels = rate, channels
        self._layout = _LAYOUTS[channels - 1]
        self._written = 0
        self._closed = False
        with _told():
            self._container = av.open(
                str(path), "w", format="ipod", options={"movie_timescale": str(rate)}
            )
            self._streams = [self._add_stream(codec, what.subtype) for _ in range(tracks)]

    def _add_stream(self, codec: str, subtype: str) -> AudioStream:
        added = self._container.add_stream(codec, rate=self._rate, layout=self._layout)
        stream = cast(AudioStream, added)
        stream.codec_context.format = self._kind
        if subtype == "AAC":
            stream.bit_rate = _AAC_BITS_PER_SECOND * self._channels
        return stream

    def write(self, block: NDArray[Any]) -> None:
        """Append (n, channels)."""
        with _told():
            for start in range(0, len(block), _CHUNK):
                self._write(block[start : start + _CHUNK])

    def close(self) -> None:
        """Finish and close."""
        if self._closed:
            return
        self._closed = True
        with _told():
            try:
                for stream in self._streams:
                    self._container.mux(stream.encode(None))
            finally:
                self._container.close()

    def _write(self, block: NDArray[Any]) -> None:
        if self._kind == "s16p":
            block = (block >> 16).astype(np.int16)
        for track, stream in enumerate(self._streams):
            first = track * self._channels
            planes = np.ascontiguousarray(block.T[first : first + self._channels])
            frame = av.AudioFrame.from_ndarray(planes, format=self._kind, layout=self._layout)
            frame.sample_rate = self._rate
            frame.time_base = Fraction(1, self._rate)
            frame.pts = self._written
            self._container.mux(stream.encode(frame))
        self._written += len(block)
