"""Files as signals: `open_audio` gives random access that is exact and the same on every read."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from remixer.audio.avfile import open_avfile
from remixer.audio.decoding import Description, Native
from remixer.audio.decoding import Samples as NativeSamples
from remixer.audio.formats import MAX_CHANNELS, MAX_RATE, MIN_RATE
from remixer.audio.sndfile import open_sndfile
from remixer.audio.sniff import sniff
from remixer.dsp.signal import Grid, Samples
from remixer.errors import InputError

BLOCK = 2**16
"""Samples in one block where the caller has no wish."""

_LAYOUTS = {4: "quadraphonic", 6: "5.1", 8: "7.1"}
_SIDES = ("left", "right")


def open_audio(path: Path | str) -> "AudioReader":
    """A file opened for reading, whatever its extension says.

    Raises InputError if it is missing, empty, damaged, truncated, no sound, of more than 2
    channels, or of a rate outside 8 to 192 kHz.
    """
    path = Path(path)
    try:
        kind = _kind(path)
        opener = open_avfile if kind in ("MP3", "M4A", "ADTS") else open_sndfile
        what, samples = opener(path, kind)
    except OSError as error:
        raise InputError(_unreadable(path, error)) from error
    reader = AudioReader(path, what, samples)
    try:
        _check(reader)
    except InputError:
        reader.close()
        raise
    return reader


class AudioReader:
    """A sound file as a SampleReader; made by `open_audio`, closed by `close` or `with`.

    Reads may come from several threads. Integer samples are read as integers and scaled by a power
    of two; lossy files are decoded once, in order, as far as reads ask for.
    """

    def __init__(self, path: Path, what: Description, samples: NativeSamples) -> None:
        self._path = path
        self._what = what
        self._samples = samples
        self._lock = threading.Lock()
        self._hash: str | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def format(self) -> str:
        """The container: "WAV", "RF64", "W64", "AIFF", "FLAC", "OGG", "OPUS", "MP3" or "M4A"."""
        return self._what.format

    @property
    def subtype(self) -> str:
        """libsndfile's name of the encoding: "PCM_16", "FLOAT", "VORBIS", "AAC", "ALAC_24"..."""
        return self._what.subtype

    @property
    def rate(self) -> int:
        """Sampling rate in Hz."""
        return self._what.rate

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._what.channels

    @property
    def length(self) -> int:
        """Samples per channel."""
        return self._samples.length

    @property
    def grid(self) -> Grid | None:
        """The integer grid of the samples; None for floating-point and lossy files."""
        return self._what.grid

    @property
    def lossy(self) -> bool:
        """Whether the file was encoded with loss."""
        return self._what.lossy

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count) as (channels, count) float64; exact.

        Raises InputError if the file ends early, is damaged there, or holds NaN or infinity;
        ValueError outside [0, length].
        """
        native = self._fetch(start, count)
        samples = np.ascontiguousarray(native.T, np.float64)
        if self.grid:
            samples *= 2.0**-31
        return samples

    def read_exact(self, start: int, count: int) -> Native:
        """As `read`, as stored: int32 in units of the grid's step, or float32 or float64."""
        native = self._fetch(start, count)
        return np.ascontiguousarray((native >> (32 - self.grid.bits) if self.grid else native).T)

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, Samples]]:
        """(start, samples) of consecutive blocks of `size` samples, the last one shorter."""
        for start in range(0, self.length, size):
            yield start, self.read(start, min(size, self.length - start))

    def content_hash(self) -> str:
        """Hex BLAKE2b of rate, channels, length, kind and decoded samples.

        The same for a WAV and its FLAC, whatever their tags. Reads the whole file once.
        """
        if self._hash is None:
            kind = f"int{self.grid.bits}" if self.grid else self._what.dtype.name
            digest = hashlib.blake2b(digest_size=32)
            digest.update(f"{self.rate} {self.channels} {self.length} {kind}\n".encode())
            for start in range(0, self.length, BLOCK):
                block = self.read_exact(start, min(BLOCK, self.length - start)).T
                digest.update(block.astype(block.dtype.newbyteorder("<"), order="C").tobytes())
            self._hash = digest.hexdigest()
        return self._hash

    def close(self) -> None:
        """Let go of the file and of what was decoded."""
        with self._lock:
            self._samples.close()

    def __enter__(self) -> "AudioReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _fetch(self, start: int, count: int) -> Native:
        if start < 0 or count < 0 or start + count > self.length:
            raise ValueError(f"samples {start} to {start + count} are outside 0 to {self.length}")
        with self._lock:
            native = self._samples.fetch(start, count)
        if not self.grid:
            self._check_finite(native, start)
        return native

    def _check_finite(self, native: Native, start: int) -> None:
        finite = np.isfinite(native)
        if finite.all():
            return
        row, channel = np.argwhere(~finite)[0]
        where = f"{(start + row) / self.rate:.6f} s (sample {start + row})"
        side = f", {_SIDES[channel]} channel" if self.channels > 1 else ""
        raise InputError(
            f"{self._path.name} holds {native[row, channel]} at {where}{side}, which is no sound: "
            "export it again without it"
        )


def _kind(path: Path) -> str:
    """What `sniff` finds, after what can be wrong with any file."""
    if not path.exists():
        raise InputError(f"{path} does not exist: check the name")
    if path.is_dir():
        raise InputError(f"{path} is a folder: choose a file in it")
    if not path.is_file():
        raise InputError(f"{path} is no regular file: copy the sound to one")
    if path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty (0 bytes): copy or download it again")
    kind = sniff(path)
    if kind is None:
        raise InputError(
            f"{path.name} is not audio that Remixer knows: "
            "choose WAV, RF64, W64, AIFF, FLAC, Ogg, Opus, MP3 or M4A"
        )
    return kind


def _check(reader: AudioReader) -> None:
    name, channels, rate = reader.path.name, reader.channels, reader.rate
    if channels > MAX_CHANNELS:
        count = f"{channels} channels"
        layout = f"{_LAYOUTS[channels]} ({count})" if channels in _LAYOUTS else count
        raise InputError(f"{name} is {layout}; Remixer reads mono and stereo: downmix it first")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise InputError(
            f"{name} is at {rate} Hz; Remixer reads {MIN_RATE} to {MAX_RATE} Hz: resample it first"
        )
    if reader.length == 0:
        raise InputError(f"{name} is empty (0 samples): choose another file")


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"{path} may not be read: ask its owner for permission"
    return f"{path} cannot be read ({error.strerror}): check the disk and copy it again"
