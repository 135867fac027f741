"""Signals as files: written beside the target under a hidden name, renamed when whole."""

import contextlib
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from remixer.audio import temporaries
from remixer.audio.encoding import Encoder, EncodingError, open_encoder
from remixer.audio.formats import FileFormat, fit
from remixer.audio.names import native
from remixer.audio.placing import place
from remixer.dsp.signal import Grid, Samples
from remixer.errors import ExistsError, OutputError

FULL_MB = 0.1
"""What is free on a disk that is called full."""


class AudioWriter:
    """A file that takes its name only when it is whole.

    length: samples per channel that will be written, exactly; WAV that would pass 4 GiB is written
    as RF64 by it.  As a context manager: commits, or on an exception (KeyboardInterrupt too) leaves
    nothing. Raises OutputError if the format cannot hold the signal, the target exists and
    `overwrite` is False, or the folder is missing, read-only or full.
    """

    TRACKS = 1
    """Signals beside each other in a block, and in the file."""

    def __init__(
        self,
        path: Path | str,
        *,
        rate: int,
        channels: int,
        format: str,
        subtype: str,
        length: int,
        overwrite: bool = False,
    ) -> None:
        self._path = Path(path)
        self._target = self._path.resolve()
        self._what = fit(format, subtype, rate=rate, channels=channels, length=length)
        self._rate, self._channels, self._length = rate, channels, length
        self._overwrite = overwrite
        self._written = 0
        self._clipped = 0
        self._peak = 0.0
        self._check_target()
        self._open = True
        self._done = False
        self._temporary = temporaries.claim(self._target)
        try:
            self._encoder: Encoder = self._opened()
        except EncodingError as error:
            temporaries.release(self._temporary)
            raise self._failed(error) from error
        except BaseException:
            temporaries.release(self._temporary)
            raise

    @property
    def path(self) -> Path:
        """The target."""
        return self._path

    @property
    def temporary(self) -> Path:
        """Where the file is until the commit: to be read back, or tagged, after `close`."""
        return self._temporary

    @property
    def format(self) -> FileFormat:
        """What is written; RF64 where WAV was asked for and would pass 4 GiB."""
        return self._what

    @property
    def clipped(self) -> int:
        """Samples limited to full scale; 0 in formats that hold what passes it."""
        return self._clipped

    @property
    def peak(self) -> float:
        """The largest magnitude that was written, before rounding; full scale is 1."""
        return self._peak

    def write(self, block: Samples) -> None:
        """Append (channels, n) float64, rounded to the subtype's grid.

        Raises OutputError if it holds NaN or infinity, passes the length, or cannot be written.
        """
        self._check_block(block)
        if block.shape[1] == 0:
            return
        native = self._native(block)
        try:
            self._encoder.write(native.T)
        except EncodingError as error:
            raise self._failed(error) from error
        self._written += block.shape[1]
        self._peak = max(self._peak, float(np.abs(block).max()))

    def close(self) -> None:
        """Finish the temporary file and put it on the disk; again does nothing.

        Raises OutputError if fewer samples than the length were written, or the disk is full.
        """
        if not self._open:
            return
        if self._written != self._length:
            raise OutputError(
                f"{self._path.name} was given {self._written} of {self._length} samples: "
                "write them all"
            )
        try:
            self._encoder.close()
            self._check_whole()
            _sync(self._temporary)
        except (EncodingError, OSError) as error:
            raise self._failed(error) from error
        self._open = False

    def commit(self) -> None:
        """Give the file its name.

        Raises OutputError as `close`, or if the target came to exist.  On any failure nothing is
        left.
        """
        try:
            self.close()
            self._check_target()
            _sync(self._temporary)
            place(self._temporary, self._target, overwrite=self._overwrite, name=self._path)
            _sync_folder(self._target.parent)
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error
        except BaseException:
            self.abandon()
            raise
        self._done = True
        temporaries.release(self._temporary)

    def abandon(self) -> None:
        """Delete the temporary file; the target is as it was. After `commit` it does nothing."""
        if self._open:
            self._open = False
            with contextlib.suppress(EncodingError):
                self._encoder.close()
        self._done = True
        temporaries.release(self._temporary)

    def __enter__(self) -> "AudioWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.abandon()
        elif not self._done:
            self.commit()

    def _opened(self) -> Encoder:
        """The encoder. Raises EncodingError."""
        return open_encoder(self._temporary, self._what, self._rate, self._channels, self.TRACKS)

    def _check_target(self) -> None:
        if self._length < 1:
            raise OutputError(f"{self._path.name} would be empty: choose at least one sample")
        if self._target.is_dir():
            raise OutputError(f"{self._path} is a folder: give a file name in it")
        if self._target.exists() and not self._overwrite:
            raise ExistsError(self._path)

    def _check_block(self, block: Samples) -> None:
        rows = self._channels * self.TRACKS
        if block.ndim != 2 or block.shape[0] != rows:
            raise ValueError(f"a block of shape {block.shape} is not ({rows}, samples)")
        if self._written + block.shape[1] > self._length:
            raise OutputError(
                f"{self._path.name} was given {self._written + block.shape[1]} samples, "
                f"its length is {self._length}: write no more"
            )
        finite = np.isfinite(block)
        if not finite.all():
            channel, sample = np.argwhere(~finite)[0]
            raise OutputError(
                f"{self._path.name} was given {block[channel, sample]} at sample "
                f"{self._written + sample} of channel {channel}: it is no sound and is not written"
            )

    def _native(self, block: Samples) -> NDArray[Any]:
        """The block as the encoder takes it, (channels, n)."""
        grid = self._what.grid
        if grid:
            return self._to_integers(block, grid)
        if self._what.subtype == "DOUBLE":
            return block
        with np.errstate(over="ignore"):
            single = block.astype(np.float32)
        if not np.isfinite(single).all():
            raise OutputError(
                f"{self._path.name} was given {np.abs(block).max():.3g}, more than FLOAT holds: "
                "choose DOUBLE"
            )
        return single

    def _to_integers(self, block: Samples, grid: Grid) -> NDArray[np.int32]:
        """Nearest grid values, limited to full scale, as int32 left-justified."""
        rounded = grid.round(block)
        limited = grid.clip(rounded)
        self._clipped += int(np.count_nonzero(limited != rounded))
        return (limited * 2.0**31).astype(np.int32)

    def _check_whole(self) -> None:
        """libsndfile does not report every full disk: hold the file against the length."""
        if self._what.format == "M4A":
            return
        try:
            frames = soundfile.info(native(self._temporary)).frames
        except soundfile.SoundFileError as error:
            raise EncodingError(str(error)) from error
        if frames != self._length:
            raise EncodingError(f"{frames} of {self._length} samples reached the disk")

    def _failed(self, error: Exception) -> OutputError:
        folder = self._target.parent
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        free = shutil.disk_usage(folder).free / 1e6
        if free < FULL_MB:  # libsndfile says "System error" of it
            reason = "the disk is full"
        return OutputError(
            f"{self._path} could not be written ({reason}; {free:.1f} MB free): "
            "make room or choose another folder"
        )


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Put the rename on the disk, where folders can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
