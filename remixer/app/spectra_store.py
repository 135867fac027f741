"""The blocks of a spectrogram pyramid that are in memory: bounded, and safe between threads."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.pyramid import TRANSFORMED, Cells, Raster, pool

BLOCK = 256
"""Columns of a block."""

PIECE = 128
"""Columns of a transformed level that are computed at a time: some 30 ms."""

ONE_PIECE = TRANSFORMED - 1 + PIECE.bit_length() - 1
"""The level of which a piece fills one column; one put fills all that lie below."""

KEPT_COLUMNS = 4096
"""The lowest level with at most so many columns, and all above, always stay in memory."""

Ok = NDArray[np.bool_]


@dataclass
class Block:
    """Some columns of a level. cells: (planes, rows, columns). ok: which of them are filled.

    version: grows with every change.
    """

    cells: Cells
    ok: Ok
    version: int = 0

    @property
    def complete(self) -> bool:
        """Whether every column is filled."""
        return bool(self.ok.all())


@dataclass
class BlockStore:
    """Blocks of all levels of `planes` signals that share a raster.

    Those below the kept level are dropped, least recently used first, beyond `budget` bytes.
    """

    raster: Raster
    planes: int
    budget: int
    _blocks: OrderedDict[tuple[int, int], Block] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _held: int = 0

    @property
    def kept(self) -> int:
        """The lowest level that is always in memory."""
        level = TRANSFORMED - 1
        while self.raster.columns(level) > KEPT_COLUMNS and level < ONE_PIECE:
            level += 1
        return level

    def blocks(self, level: int) -> int:
        """Blocks of a level."""
        return -(-self.raster.columns(level) // BLOCK)

    def get(self, level: int, index: int) -> Block | None:
        """A block, if it is in memory."""
        with self._lock:
            block = self._blocks.get((level, index))
            if block is not None:
                self._blocks.move_to_end((level, index))
            return block

    @property
    def held(self) -> int:
        """Bytes in memory."""
        with self._lock:
            return sum(block.cells.nbytes for block in self._blocks.values())

    def missing(self, level: int, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Runs of columns [start, stop) within [first, last) that are not filled."""
        for index in range(first // BLOCK, -(-last // BLOCK)):
            low, high = max(first, index * BLOCK), min(last, (index + 1) * BLOCK)
            block = self.get(level, index)
            if block is None:
                yield low, high
                continue
            offset = index * BLOCK
            for start, stop in runs(~block.ok[low - offset : high - offset]):
                yield low + start, low + stop

    def filled(self, level: int, first: int, count: int) -> Cells | None:
        """Columns of one block that are all filled, else None."""
        block = self.get(level, first // BLOCK)
        at = slice(first % BLOCK, first % BLOCK + count)
        if block is None or not block.ok[at].all():
            return None
        return block.cells[..., at]

    def put(self, level: int, first: int, cells: Cells) -> None:
        """Takes columns of one block of a transformed level, and pools the last of these up.

        first: even; the count too, unless they end the level.
        """
        with self._lock:
            self._put(level, first, cells)
            if level == TRANSFORMED - 1:
                self._put_above(level, first, cells)
            self._trim()

    def _put_above(self, level: int, first: int, cells: Cells) -> None:
        """A column is filled when both of its columns below are: odd ends wait for their pair."""
        while level < self.raster.top:
            stop = first + cells.shape[-1]
            ends = stop == self.raster.columns(level)
            cells, first = self._paired(level, first, stop, cells, ends)
            if not cells.shape[-1]:
                return
            level, first, cells = level + 1, first // 2, pool(cells)
            self._put(level, first, cells)

    def _paired(
        self, level: int, first: int, stop: int, cells: Cells, ends: bool
    ) -> tuple[Cells, int]:
        """Columns from an even one to an even one (or the end), drawing on filled neighbours."""
        if first % 2:
            before = self.filled(level, first - 1, 1)
            if before is None:
                cells, first = cells[..., 1:], first + 1
            else:
                cells, first = np.concatenate((before, cells), axis=-1), first - 1
        if stop % 2 and not ends:
            after = self.filled(level, stop, 1)
            cells = cells[..., :-1] if after is None else np.concatenate((cells, after), axis=-1)
        return cells, first

    def _put(self, level: int, first: int, cells: Cells) -> None:
        while cells.shape[-1]:
            index, at = divmod(first, BLOCK)
            count = min(BLOCK - at, cells.shape[-1])
            block = self._block(level, index)
            block.cells[..., at : at + count] = cells[..., :count]
            block.ok[at : at + count] = True
            block.version += 1
            first, cells = first + count, cells[..., count:]

    def _block(self, level: int, index: int) -> Block:
        block = self.get(level, index)
        if block is None:
            columns = min(BLOCK, self.raster.columns(level) - index * BLOCK)
            cells = np.zeros((self.planes, self.raster.rows, columns), np.uint8)
            block = self._blocks[level, index] = Block(cells, np.zeros(columns, np.bool_))
            if level < self.kept:
                self._held += cells.nbytes
        return block

    def _trim(self) -> None:
        kept = self.kept
        for key in [key for key in self._blocks if key[0] < kept]:
            if self._held <= self.budget:
                return
            self._held -= self._blocks.pop(key).cells.nbytes


def runs(flags: Ok) -> list[tuple[int, int]]:
    """The runs [start, stop) of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
