"""Random access to what can only be decoded from its start, by decoding it once.

The samples go to a temporary file, as far as they are asked for. libsndfile's seeks in MP3, Vorbis
and Opus were measured to land on other samples (errors up to full scale in Vorbis, last-bit
differences in MP3 and Opus); a signal that differs from one read to the next cannot be kept
bit-exact. Memory stays bounded: past SMALL bytes the samples are on disk, and the file has no name,
so nothing is left behind whatever happens.
"""

import tempfile

import numpy as np

from remixer.audio.decoding import Blocks, Description, Native
from remixer.errors import InputError

SMALL = 2**25
"""Bytes kept in memory before the file is made."""


class Spool:
    """Samples of a decoder, each decoded once.

    promised: the length by the header; None, or what cannot be, decodes all to count.  Raises
    InputError if the decoder gives less than promised, or if the temporary folder is full.
    """

    def __init__(self, name: str, what: Description, blocks: Blocks, promised: int | None) -> None:
        self._name = name
        self._what = what
        self._blocks = blocks
        self._file = tempfile.SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115 - close() is ours
        self._frame = what.dtype.itemsize * what.channels
        self._decoded = 0
        self._ended = False
        self._failure: InputError | None = None
        self.length = promised if promised and promised > 0 else self._count()

    def fetch(self, start: int, count: int) -> Native:
        """Samples [start, start + count) as (count, channels), decoding up to there if need be."""
        self._decode_to(start + count)
        self._file.seek(start * self._frame)
        data = self._file.read(count * self._frame)
        return np.frombuffer(data, self._what.dtype).reshape(count, self._what.channels)

    def close(self) -> None:
        """Stop the decoder and delete the temporary file."""
        self._blocks.close()
        self._file.close()

    def _count(self) -> int:
        try:
            self._decode_to(None)
        except BaseException:
            self.close()
            raise
        return self._decoded

    def _decode_to(self, end: int | None) -> None:
        """Decode until `end` samples are there, or to the end of the file."""
        if self._failure and (end is None or end > self._decoded):
            raise self._failure
        try:
            while not self._ended and (end is None or self._decoded < end):
                self._keep(next(self._blocks, None))
            if end is not None and self._decoded < end:
                raise InputError(self._shortage())
        except InputError as error:
            self._failure = error
            raise
        except BaseException:
            self._failure = InputError(
                f"decoding of {self._name} was interrupted and its place is lost: open it again"
            )
            raise

    def _keep(self, block: Native | None) -> None:
        if block is None:
            self._ended = True
            return
        self._file.seek(self._decoded * self._frame)
        try:
            self._file.write(np.ascontiguousarray(block, self._what.dtype).tobytes())
        except OSError as error:
            raise InputError(
                f"{self._name} has no room to be decoded in {tempfile.gettempdir()} "
                f"({error.strerror}): free some, or set TMPDIR to a larger folder"
            ) from error
        self._decoded += len(block)

    def _shortage(self) -> str:
        rate = self._what.rate
        return (
            f"{self._name} ends after {self._decoded / rate:.3f} s, its header promises "
            f"{self.length / rate:.3f} s: it is truncated or damaged, copy or download it again"
        )
