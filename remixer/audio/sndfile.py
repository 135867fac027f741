"""Decoding through libsndfile: at random where its seeks are exact, else from the start."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from remixer.audio.decoding import Blocks, Description, Native, Samples
from remixer.audio.formats import FLOATS
from remixer.audio.headers import check_flac, check_ogg
from remixer.audio.names import native
from remixer.audio.riff import SampleData, check_whole
from remixer.audio.spool import Spool
from remixer.audio.standin import StandIn, stand_in
from remixer.errors import InputError

_BLOCK = 2**15
_STEP = 2**10
_UNCOUNTED = 2**62
_EXACT_SEEK = ("WAV", "RF64", "W64", "AIFF", "FLAC")


class _Sequential(soundfile.SoundFile):  # type: ignore[misc]
    """A SoundFile that reads on: soundfile's seeks after each read, disturbing lossy decoders."""

    def seekable(self) -> bool:
        """No, so that `read` neither asks nor sets the position; `seek` still works."""
        return False

    def close(self) -> None:
        """Close the file, and what stands in for it."""
        super().close()
        if isinstance(self.name, StandIn):
            self.name.close()


def open_sndfile(path: Path, kind: str) -> tuple[Description, Samples]:
    """A file that libsndfile reads, by the kind that `sniff` found.

    Raises InputError if it is damaged, truncated, or encoded in a way libsndfile does not know.
    """
    if kind == "OGG":
        check_ogg(path)
    elif kind == "FLAC":
        check_flac(path)
    data = check_whole(path)
    file = _open(path, data)
    what = _describe(file, kind)
    counted = file.frames < _UNCOUNTED
    if kind in _EXACT_SEEK and counted and (what.grid or what.subtype in FLOATS):
        length = _length(what, kind, file, data)
        return what, _Direct(path.name, what, file, length, lambda: _open(path, data))
    promised = file.frames if counted else None
    return what, Spool(path.name, what, _blocks(path.name, what, file), promised)


class _Direct:
    """Random access where libsndfile's seeks are exact: PCM, float and FLAC."""

    def __init__(
        self,
        name: str,
        what: Description,
        file: _Sequential,
        length: int,
        reopen: Callable[[], _Sequential],
    ) -> None:
        self._name = name
        self._what = what
        self._file = file
        self._reopen = reopen
        self._position = 0
        self.length = length

    def fetch(self, start: int, count: int) -> Native:
        """Samples [start, start + count) as (count, channels)."""
        at, self._position = self._position, -1
        try:
            if at != start:
                self._file.seek(start)
            block = self._read(count)
        except soundfile.SoundFileError as error:
            raise self._damaged(start, count) from error
        if len(block) < count:
            raise self._damaged(start, count)
        self._position = start + count
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self, count: int) -> Native:
        return np.asarray(self._file.read(count, dtype=self._what.dtype.name, always_2d=True))

    def _damaged(self, start: int, count: int) -> InputError:
        """The error for a failed read, after finding in small steps how far the file is good.

        A FLAC decoder that has failed once fails everywhere: it is made anew before and after.
        """
        good = start
        self._renew()
        with contextlib.suppress(soundfile.SoundFileError):
            self._file.seek(start)
            while good < start + count and (step := len(self._read(_STEP))):
                good += step
        self._renew()
        return InputError(
            f"{self._name} is truncated or damaged after {good / self._what.rate:.3f} s "
            f"of {self.length / self._what.rate:.3f} s: copy or download it again"
        )

    def _renew(self) -> None:
        self._file.close()
        self._file = self._reopen()


def _open(path: Path, data: SampleData | None) -> _Sequential:
    other = stand_in(path, data)
    try:
        return _Sequential(other or native(path), "r")
    except soundfile.SoundFileError as error:
        if other:
            other.close()
        reason = str(error).rsplit(": ", 1)[-1].rstrip(".")
        raise InputError(
            f"{path.name} cannot be read (libsndfile: {reason}): it is damaged or of a kind "
            "Remixer does not know, convert it to WAV or FLAC"
        ) from error


def _describe(file: _Sequential, kind: str) -> Description:
    subtype = str(file.subtype)
    format = "OPUS" if subtype == "OPUS" else kind
    return Description(format, subtype, int(file.samplerate), int(file.channels))


def _length(what: Description, kind: str, file: _Sequential, data: SampleData | None) -> int:
    """Samples per channel. libsndfile takes an AIFF's padding byte for a sample where its data
    chunk counts it; the file's own count does not.
    """
    frames = int(file.frames)
    if kind != "AIFF" or data is None or data.size is None or what.grid is None:
        return frames
    return min(frames, data.size // (what.channels * what.grid.bits // 8))


def _blocks(name: str, what: Description, file: _Sequential) -> Blocks:
    """The whole file in order."""
    with file:
        done = 0
        while True:
            try:
                block = file.read(_BLOCK, dtype=what.dtype.name, always_2d=True)
            except soundfile.SoundFileError as error:
                raise InputError(
                    f"{name} is damaged after {done / what.rate:.3f} s ({error}): "
                    "copy or download it again"
                ) from error
            if not len(block):
                return
            done += len(block)
            yield block
