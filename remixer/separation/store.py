"""Separated stems of one recording on disk: written chunk by chunk in any order, readable
meanwhile, resumed after a crash.

Plain reads and writes, no memory maps: they do not count as resident memory, and a full disk is an
error, not a signal.
"""

import json
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.signal import STORED, Grid, Samples
from remixer.errors import CacheError, ModelError, SettingError, brief
from remixer.smallfiles import read_json

HEADER = "store.json"
STEMS_FILE = "stems.raw"
EDGES_FILE = "edges.raw"
DONE_FILE = "done.raw"
CHUNK = 1 << 18
FADE = 1 << 10


@dataclass(frozen=True)
class Layout:
    """The geometry of a store.

    chunk: samples separated at a time. fade: neighbouring chunks are crossfaded over 2 * fade
    samples about their border. bits: of the source's grid, 0 for floating point. Stems are kept as
    int16, int32 or float32, whichever holds them exactly.
    """

    rate: int
    channels: int
    length: int
    bits: int
    chunk: int = CHUNK
    fade: int = FADE

    def __post_init__(self) -> None:
        numbers = (self.rate, self.channels, self.length, self.bits, self.chunk, self.fade)
        if (
            not all(type(n) is int for n in numbers)
            or min(self.rate, self.channels, self.length, self.chunk) < 1
            or not 0 <= self.bits <= 32
            or not 0 <= 2 * self.fade <= self.chunk
        ):
            raise SettingError(
                f"{self} cannot be stored: it needs 1 sample or more, 0 to 32 bits, "
                "and fades of at most half a chunk"
            )

    @property
    def chunks(self) -> int:
        """Chunks in the recording."""
        return -(-self.length // self.chunk)

    @property
    def grid(self) -> Grid | None:
        """The source's grid."""
        return Grid(self.bits) if self.bits else None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the samples on disk."""
        return np.dtype("<f4" if not self.bits else "<i2" if self.bits <= 16 else "<i4")

    @property
    def scale(self) -> float:
        """Stored number per unit of full scale."""
        return float(2.0 ** (self.bits - 1)) if self.bits else 1.0

    @property
    def size(self) -> int:
        """Bytes of a complete store."""
        stems = len(STORED) * self.channels * self.length * self.dtype.itemsize
        edges = (self.chunks + 1) * 2 * len(STORED) * self.channels * 2 * self.fade * 4
        return stems + edges + self.chunks

    def span(self, chunk: int) -> tuple[int, int]:
        """Samples [start, stop) of a chunk with the crossfades that it takes part in."""
        start = max(chunk * self.chunk - self.fade, 0)
        return start, min((chunk + 1) * self.chunk + self.fade, self.length)


class StemStore:
    """Stems of a recording in a folder. `read` gives zeros where nothing is separated yet.

    Open for writing in one process at a time (see `StemCache.open`); readers may come and go.
    """

    def __init__(self, folder: Path, layout: Layout, about: dict[str, Any], writable: bool) -> None:
        self.folder, self.layout, self.about = folder, layout, about
        self._files: dict[str, _File] = {}
        try:
            for name in self._sizes():
                self._files[name] = _File(folder / name, writable)
        except OSError as error:
            self.close()
            raise CacheError(
                f"the cache entry {folder.name} cannot be opened: {error.strerror}"
            ) from error

    @classmethod
    def create(cls, folder: Path, layout: Layout, about: dict[str, Any]) -> "StemStore":
        """A new, empty store. about: JSON values for people (source, model). The header is written
        last.  Raises CacheError when the disk refuses.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with ExitStack() as undo:
                store = undo.enter_context(cls(folder, layout, about, writable=True))
                for name, size in store._sizes().items():
                    store._files[name].resize(size)
                beside = folder / (HEADER + ".part")
                beside.write_text(json.dumps({"layout": asdict(layout), "about": about}))
                beside.replace(folder / HEADER)
                undo.pop_all()
        except OSError as error:
            raise CacheError(_refusal(folder.parent, layout, error)) from error
        return store

    @classmethod
    def open(cls, folder: Path, writable: bool = False) -> "StemStore":
        """An existing store. Raises CacheError when it is missing or damaged."""
        try:
            header = read_json(folder / HEADER)
            layout = Layout(**header["layout"])
            about = dict(header["about"])
        except (OSError, ValueError, TypeError, KeyError, SettingError) as error:
            raise CacheError(
                f"the cache entry {folder.name} is not readable: {brief(error, 200)}"
            ) from error
        store = cls(folder, layout, about, writable)
        if any(store._files[name].size != size for name, size in store._sizes().items()):
            store.close()
            raise CacheError(
                f"the cache entry {folder.name} is damaged: its files have other sizes"
            )
        return store

    def _sizes(self) -> dict[str, int]:
        layout = self.layout
        stems = len(STORED) * layout.channels * layout.length * layout.dtype.itemsize
        return {
            STEMS_FILE: stems,
            EDGES_FILE: layout.size - stems - layout.chunks,
            DONE_FILE: layout.chunks,
        }

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files = {}

    def __enter__(self) -> "StemStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def done(self) -> NDArray[np.bool_]:
        """Which chunks are separated, (chunks,)."""
        flags = np.frombuffer(self._files[DONE_FILE].read(0, self.layout.chunks), np.uint8)
        return np.asarray(flags == 1)

    @property
    def complete(self) -> bool:
        """Whether every chunk is separated."""
        return bool(self.done.all())

    @property
    def separated(self) -> int:
        """Samples that are separated."""
        sizes = np.full(self.layout.chunks, self.layout.chunk)
        sizes[-1] = self.layout.length - (self.layout.chunks - 1) * self.layout.chunk
        return int(sizes[self.done].sum())

    def read(self, start: int, count: int) -> Samples:
        """Vocals, bass and drums in samples [start, start + count), on the source's grid; (3,
        channels, count) float64.
        """
        layout = self.layout
        item = layout.dtype.itemsize
        out = np.empty((len(STORED) * layout.channels, count))
        for plane, samples in enumerate(out):
            position = (plane * layout.length + start) * item
            data = self._files[STEMS_FILE].read(position, count * item)
            samples[:] = np.frombuffer(data, layout.dtype)
        return out.reshape(len(STORED), layout.channels, count) / layout.scale

    def _write(self, start: int, stems: Samples) -> None:
        layout = self.layout
        stored = (stems * layout.scale).astype(layout.dtype)
        for plane, samples in enumerate(samples for stem in stored for samples in stem):
            position = (plane * layout.length + start) * layout.dtype.itemsize
            self._files[STEMS_FILE].write(position, samples.tobytes())

    def put(
        self, chunk: int, estimates: NDArray[np.float32], to_grid: Callable[[Samples], Samples]
    ) -> None:
        """Take the estimates of a chunk over its span, (3, channels, stop - start).

        Borders with neighbours that are done are crossfaded; the others keep the original until
        their neighbour comes. What is written is `to_grid` of the estimates. Writing the same chunk
        again is harmless: a crash in between only repeats it. Raises CacheError when the disk is
        full, ModelError when the estimates have another shape.
        """
        layout, done = self.layout, self.done
        start, stop = layout.span(chunk)
        expected = (len(STORED), layout.channels, stop - start)
        if estimates.shape != expected:
            raise ModelError(f"the model gave stems of shape {estimates.shape}, not {expected}")
        estimates = estimates.astype(np.float32, copy=False)
        inner_start = chunk * layout.chunk + (layout.fade if chunk else 0)
        inner_stop = (
            (chunk + 1) * layout.chunk - layout.fade if chunk < layout.chunks - 1 else layout.length
        )
        try:
            inner = estimates[..., inner_start - start : inner_stop - start]
            self._write(inner_start, to_grid(inner.astype(np.float64)))
            if chunk:
                self._border(
                    chunk, 1, estimates[..., : inner_start - start], done[chunk - 1], to_grid
                )
            if chunk < layout.chunks - 1:
                right = estimates[..., inner_stop - start :]
                self._border(chunk + 1, 0, right, done[chunk + 1], to_grid)
            self._files[STEMS_FILE].sync()
            self._files[EDGES_FILE].sync()
            self._files[DONE_FILE].write(chunk, b"\x01")
        except OSError as error:
            raise CacheError(_refusal(self.folder.parent, layout, error)) from error

    def _border(
        self,
        border: int,
        side: int,
        estimates: NDArray[np.float32],
        neighbour_done: bool,
        to_grid: Callable[[Samples], Samples],
    ) -> None:
        """Keep one side of the border between chunks border - 1 and border; crossfade when the
        other side is there.
        """
        width = estimates.shape[-1]
        self._put_edge(border, side, estimates)
        if not neighbour_done:
            return
        other = self._edge(border, 1 - side, width)
        left, right = (other, estimates) if side else (estimates, other)
        rise = (np.arange(width) + 0.5) / width
        with np.errstate(invalid="ignore"):  # what is not finite is `to_grid`'s to settle
            faded = left + (right - left) * rise
        self._write(border * self.layout.chunk - self.layout.fade, to_grid(faded))

    def _edge_position(self, border: int, side: int) -> int:
        return (border * 2 + side) * len(STORED) * self.layout.channels * 2 * self.layout.fade * 4

    def _put_edge(self, border: int, side: int, estimates: NDArray[np.float32]) -> None:
        data = np.ascontiguousarray(estimates, "<f4").tobytes()
        self._files[EDGES_FILE].write(self._edge_position(border, side), data)

    def _edge(self, border: int, side: int, width: int) -> NDArray[np.float32]:
        shape = (len(STORED), self.layout.channels, width)
        position = self._edge_position(border, side)
        data = self._files[EDGES_FILE].read(position, 4 * int(np.prod(shape)))
        return np.frombuffer(data, "<f4").reshape(shape)


def _refusal(cache: Path, layout: Layout, error: OSError) -> str:
    return (
        f"the cache in {cache} cannot be written ({error.strerror}): "
        f"this song needs {layout.size / 1e6:.0f} MB there; free some space, "
        "or set REMIXER_CACHE to a folder on another disk"
    )


class _File:
    """Reads and writes at positions, from any thread."""

    def __init__(self, path: Path, writable: bool) -> None:
        if writable:
            path.touch()
        self._file = path.open("r+b" if writable else "rb", buffering=0)
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def resize(self, size: int) -> None:
        self._file.truncate(size)

    def read(self, position: int, count: int) -> bytes:
        with self._lock:
            self._file.seek(position)
            return self._file.read(count) or b""

    def write(self, position: int, data: bytes) -> None:
        """Write all of the data; a regular file takes less only when the disk fills up."""
        view = memoryview(data)
        with self._lock:
            self._file.seek(position)
            while view:
                view = view[self._file.write(view) :]

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
