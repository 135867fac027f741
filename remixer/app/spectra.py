"""The pictures' data of one song: what is looked at comes first, the whole song in the end.

Threads compute small pieces; the window's thread only reads what is there.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from remixer.app.spectra_store import BLOCK, ONE_PIECE, PIECE, BlockStore, runs
from remixer.dsp.pyramid import TRANSFORMED, Raster, Read
from remixer.dsp.signal import STEMS

FADE = 1 << 10
"""A chunk's last samples change once more when its neighbour comes (see separation/store.py)."""

_MIB = 1 << 20

_log = logging.getLogger(__name__)

Ranges = list[tuple[int, int]]
"""Samples [start, stop), ascending."""


@dataclass
class Layer:
    """Signals that are read together: the mix, or its stems. ready: samples that may be shown."""

    name: str
    read: Read
    store: BlockStore
    ready: Ranges = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Piece:
    """Columns [first, first + count) of a transformed level."""

    layer: Layer
    level: int
    first: int
    count: int

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from others under way."""
        return self.layer.name, self.level, self.first // PIECE


@dataclass(frozen=True)
class Wish:
    """What is looked at: columns [first, last) of a level."""

    level: int = 0
    first: int = 0
    last: int = 0


class Spectra(QObject):
    """Levels of a mix and its stems, computed by threads of its own until `close`.

    changed: blocks were filled or an error came up; from any thread.
    """

    changed = Signal()

    def __init__(self, raster: Raster, read_mix: Read) -> None:
        super().__init__()
        self.raster = raster
        everything = [(0, raster.length)]
        self.mix = Layer("mix", read_mix, BlockStore(raster, 1, 48 * _MIB), everything)
        self.stems: Layer | None = None
        self._wish = Wish()
        self._busy: set[tuple[str, int, int]] = set()
        self._wake = threading.Condition()
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"spectra-{k}", daemon=True)
            for k in range(max(1, min(3, (os.cpu_count() or 1) // 2)))
        ]
        for thread in self._threads:
            thread.start()

    def set_stems(self, read_stems: Read | None) -> None:
        """Where stems are read, (stems, channels, samples); what was computed of them is dropped.

        Nothing of them is ready until `set_ready`.
        """
        store = BlockStore(self.raster, len(STEMS), 160 * _MIB)
        with self._wake:
            self.stems = None if read_stems is None else Layer("stems", read_stems, store)

    def set_ready(self, done: NDArray[np.bool_], chunk: int) -> None:
        """Which chunks of the stems are separated; they are computed, the others are not shown."""
        if self.stems is None:
            return
        length = self.raster.length
        ready = []
        for first, last in runs(done):
            start, stop = first * chunk, min(last * chunk, length)
            start += FADE if start > 0 else 0
            stop -= FADE if stop < length else 0
            ready.append((start, stop))
        with self._wake:
            self.stems.ready = ready
            self._wake.notify_all()

    def look_at(self, level: int, first: int, last: int) -> None:
        """The columns [first, last) that are wanted before all others."""
        wish = Wish(level, max(first, 0), min(last, self.raster.columns(level)))
        with self._wake:
            if wish != self._wish:
                self._wish = wish
                self._wake.notify_all()

    @property
    def idle(self) -> bool:
        """Whether all that can be computed now is."""
        with self._wake:
            return not self._busy and self._next() is None

    def stop(self) -> None:
        """No more work is begun and nothing more is told; returns at once."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop, and wait for the pieces under way. Returns whether the threads have ended."""
        self.stop()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (piece := self._take()) is not None:
            try:
                self._compute(piece)
            except Exception as error:  # whatever a reader does, the window goes on
                _log.debug("no spectrogram of %s", piece.layer.name, exc_info=True)
                piece.layer.error = str(error) or type(error).__name__
            with self._wake:
                self._busy.discard(piece.key)
                stopped = self._stopped
            if not stopped:
                with suppress(RuntimeError):  # the application and Qt's half of this are gone
                    self.changed.emit()

    def _take(self) -> Piece | None:
        """The next piece, waiting for one; None when stopped."""
        with self._wake:
            while not self._stopped:
                piece = self._next()
                if piece is not None:
                    self._busy.add(piece.key)
                    return piece
                self._wake.wait()
            return None

    def _compute(self, piece: Piece) -> None:
        store, level, first = piece.layer.store, piece.level, piece.first
        cells = store.filled(level, first, piece.count)
        if cells is None:
            cells = self.raster.transform(piece.layer.read, level, first, piece.count)
            cells = cells.reshape(store.planes, self.raster.rows, piece.count)
        store.put(level, first, cells)

    def _next(self) -> Piece | None:
        """What is looked at, the mix before the stems; then the whole song, from there on."""
        layers = [x for x in (self.mix, self.stems) if x is not None and not x.error]
        wish = self._wish
        for layer in layers:
            for piece in self._pieces(layer, wish.level, wish.first, wish.last):
                return piece
        for layer in layers:
            kept = layer.store.kept
            scale = self.raster.span(wish.level) / self.raster.span(kept)
            here = min(int(wish.first * scale), self.raster.columns(kept))
            for first, last in ((here, self.raster.columns(kept)), (0, here)):
                for piece in self._pieces(layer, kept, first, last):
                    return piece
        return None

    def _pieces(self, layer: Layer, level: int, first: int, last: int) -> Iterator[Piece]:
        """Pieces, not under way, that fill what is missing in columns [first, last)."""
        # Where several pieces make a column, those are missing that its parts are missing of.
        below = max(level - ONE_PIECE, 0)
        level, first, last = level - below, first << below, last << below
        base = min(level, TRANSFORMED - 1)
        for start, stop in layer.ready:
            within = self.raster.columns_within(level, start, stop)
            whole = self.raster.columns_within(base, start, stop)
            low, high = max(first, within[0]), min(last, within[1])
            for gap_start, gap_stop in layer.store.missing(level, low, high):
                begin = max(gap_start << (level - base), whole[0])
                end = min(gap_stop << (level - base), whole[1])
                yield from self._cut(layer, base, begin, end, whole)

    def _cut(
        self, layer: Layer, base: int, begin: int, end: int, whole: tuple[int, int]
    ) -> Iterator[Piece]:
        """The pieces of the lattice that meet [begin, end), as far as they are ready."""
        for index in range(begin // PIECE, -(-end // PIECE)):
            low = max(index * PIECE, whole[0])
            high = min((index + 1) * PIECE, whole[1])
            piece = Piece(layer, base, low, high - low)
            if high > low and piece.key not in self._busy:
                yield piece


assert BLOCK % PIECE == 0, "a piece lies in one block"
