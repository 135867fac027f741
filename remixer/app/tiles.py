"""Images of blocks of a spectrogram: composed when first painted, kept while they are in use."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage

from remixer.app.spectra import Spectra
from remixer.app.spectra_colours import Inks, Pixels, brightness_table, shares_of
from remixer.app.spectra_store import Block, runs
from remixer.dsp.pyramid import Cells, Raster, RowMap
from remixer.dsp.signal import STEMS

MIX = "mix"
OWNERS = "owners"
MODES = ("spectrogram", "masks", "owners")
SCALES = ("log", "linear")

_BUDGET = 96 << 20  # bytes of images: four full screens of lanes at several zooms

row_map = lru_cache(maxsize=16)(RowMap.between)


@dataclass(frozen=True)
class Look:
    """How lanes are painted; Inks belong to a theme and come beside it."""

    mode: str = "spectrogram"
    scale: str = "log"
    low_db: float = -90.0
    high_db: float = 0.0


@dataclass(frozen=True)
class Place:
    """Which picture of a lane: a stem's name, MIX or OWNERS; `height` pixels high."""

    lane: str
    level: int
    index: int
    height: int


@dataclass(frozen=True, eq=False)
class Tile:
    """An image of a block, one pixel a column. ok: the runs of columns that are filled."""

    image: QImage
    ok: list[tuple[int, int]]
    version: tuple[int, int]

    @property
    def complete(self) -> bool:
        """Whether every column is filled."""
        return self.ok == [(0, self.image.width())]


class Tiles:
    """The images of one song; for the window's thread only."""

    def __init__(self, spectra: Spectra, inks: Inks) -> None:
        self._spectra = spectra
        self._inks = inks
        self._tiles: OrderedDict[tuple[Place, Look], Tile] = OrderedDict()
        self._bytes = 0

    def set_inks(self, inks: Inks) -> None:
        """Another theme's colours."""
        self._inks = inks
        self._tiles.clear()
        self._bytes = 0

    def at_hand(self, place: Place, look: Look) -> tuple[Tile | None, bool]:
        """The image that is kept, if any, and whether `compose` has nothing newer."""
        tile = self._tiles.get((place, look))
        if tile is not None:
            self._tiles.move_to_end((place, look))
        data = self._data(place, look)
        return tile, data is None or (tile is not None and data.version == tile.version)

    def compose(self, place: Place, look: Look) -> Tile | None:
        """The image, made now from the data there is; None when some of it is missing."""
        data = self._data(place, look)
        if data is None:
            return None
        pixels = np.ascontiguousarray(paint(place, look, self._inks, self._spectra.raster, data))
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        tile = Tile(image, data.ok, data.version)
        self._keep((place, look), tile)
        return tile

    def _keep(self, key: tuple[Place, Look], tile: Tile) -> None:
        old = self._tiles.pop(key, None)
        self._tiles[key] = tile
        self._bytes += tile.image.sizeInBytes() - (old.image.sizeInBytes() if old else 0)
        while self._bytes > _BUDGET:
            self._bytes -= self._tiles.popitem(last=False)[1].image.sizeInBytes()

    def _data(self, place: Place, look: Look) -> "Data | None":
        """The blocks that the image is made of; None when one is missing."""
        mix = stems = None
        if needs_mix(place.lane, look.mode):
            mix = self._spectra.mix.store.get(place.level, place.index)
            if mix is None:
                return None
        if place.lane != MIX:
            layer = self._spectra.stems
            stems = layer.store.get(place.level, place.index) if layer else None
            if stems is None:
                return None
        return Data.of(mix, stems)


@dataclass(frozen=True, eq=False)
class Data:
    """What a picture is made of: cells of the mix (rows, columns) and of the stems, as needed."""

    mix: Cells | None
    stems: Cells | None
    ok: list[tuple[int, int]]
    version: tuple[int, int]

    @classmethod
    def of(cls, mix: Block | None, stems: Block | None) -> "Data":
        """The data of one place; not both None. Versions first: what comes later is seen later."""
        version = (mix.version if mix else 0, stems.version if stems else 0)
        ok = np.logical_and.reduce([block.ok for block in (mix, stems) if block])
        return cls(mix.cells[0] if mix else None, stems.cells if stems else None, runs(ok), version)


def needs_mix(lane: str, mode: str) -> bool:
    """Whether the mix's levels are in a lane's picture."""
    return lane in (MIX, OWNERS) or mode == "masks"


def paint(place: Place, look: Look, inks: Inks, raster: Raster, data: Data) -> Pixels:
    """Pixels (height, columns) of a lane; those of columns that are not filled mean nothing."""
    rows = row_map(raster, look.scale, place.height)
    bright = brightness_table(look.low_db, look.high_db)
    if data.stems is None or place.lane == MIX:
        assert data.mix is not None
        return inks.spectrogram(np.take(bright, rows.apply(data.mix)))
    if data.mix is None:
        own = rows.apply(data.stems[STEMS.index(place.lane)])
        return inks.spectrogram(np.take(bright, own))
    levels = np.take(bright, rows.apply(data.mix))
    shares = shares_of(rows.apply(data.stems))
    if place.lane == OWNERS:
        return inks.owners(shares, levels)
    stem = STEMS.index(place.lane)
    return inks.mask(stem, (levels * shares[stem] + 0.5).astype(np.uint8))
