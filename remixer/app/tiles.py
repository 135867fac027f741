"""Images of blocks of a spectrogram: composed when first painted, kept while they are in use."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage

from remixer.app.spectra import Spectra
from remixer.app.spectra_colours import Inks, Pixels, brightness_table, shares_of
from remixer.app.spectra_store import Block, runs
from remixer.dsp.pyramid import Cells, RowMap
from remixer.dsp.signal import STEMS

MIX = "mix"
OWNERS = "owners"
MODES = ("spectrogram", "masks", "owners")
SCALES = ("log", "linear")

_BUDGET = 96 << 20  # bytes of images: four full screens of lanes at several zooms

_LIFT = 0.6  # of shares: hues are told apart in the middle of the range, not in the dark

_WEIGHTS = 24  # blocks: some screens' worth

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
        self._latest: dict[tuple[str, int, int], tuple[Place, Look]] = {}
        self._weights: OrderedDict[tuple[object, ...], Cells] = OrderedDict()

    def set_inks(self, inks: Inks) -> None:
        """Another theme's colours."""
        self._inks = inks
        self._tiles.clear()
        self._latest.clear()
        self._bytes = 0

    def at_hand(self, place: Place, look: Look) -> tuple[Tile | None, bool]:
        """The image that is kept, if any, and whether `compose` has nothing newer.

        Without one, the last one of the same block in another look or height stands in.
        """
        tile = self._tiles.get((place, look))
        data = self._data(place, look)
        if tile is not None:
            self._tiles.move_to_end((place, look))
            return tile, data is None or data.version == tile.version
        latest = self._latest.get((place.lane, place.level, place.index))
        return self._tiles.get(latest) if latest else None, data is None

    def compose(self, place: Place, look: Look) -> Tile | None:
        """The image, made now from the data there is; None when some of it is missing."""
        data = self._data(place, look)
        if data is None:
            return None
        pixels = np.ascontiguousarray(self._paint(place, look, data))
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        tile = Tile(image, data.ok, data.version)
        self._keep((place, look), tile)
        return tile

    def _paint(self, place: Place, look: Look, data: "Data") -> Pixels:
        """Pixels (height, columns) of a lane; those of columns that are not filled mean nothing."""
        rows = row_map(self._spectra.raster, look.scale, place.height)
        if data.stems is not None and data.mix is not None:
            if place.lane != OWNERS:
                stem = STEMS.index(place.lane)
                return self._inks.mask(stem, self._weights_of(place, look, data, rows)[stem])
            bright = brightness_table(look.low_db, look.high_db, _LIFT)
            levels = np.take(bright, rows.apply(data.mix))
            return self._inks.owners(rows.apply(data.stems), levels)
        cells = data.mix if data.stems is None else data.stems[STEMS.index(place.lane)]
        assert cells is not None
        bright = brightness_table(look.low_db, look.high_db)
        return self._inks.spectrogram(np.take(bright, rows.apply(cells)))

    def _weights_of(self, place: Place, look: Look, data: "Data", rows: RowMap) -> Cells:
        """Shares times the mix's brightness, 0 to 255, (stems, height, columns): kept for the other
        stems' lanes, which are painted next.
        """
        key = (replace(place, lane=""), look, data.version)
        weights = self._weights.get(key)
        if weights is None:
            assert data.mix is not None
            assert data.stems is not None
            bright = brightness_table(look.low_db, look.high_db, _LIFT)
            levels = np.take(bright, rows.apply(data.mix))
            shares = shares_of(rows.apply(data.stems))
            weights = self._weights[key] = (levels * shares + 0.5).astype(np.uint8)
            if len(self._weights) > _WEIGHTS:
                self._weights.popitem(last=False)
        return weights

    def _keep(self, key: tuple[Place, Look], tile: Tile) -> None:
        place = key[0]
        self._latest[place.lane, place.level, place.index] = key
        old = self._tiles.pop(key, None)
        self._tiles[key] = tile
        self._bytes += tile.image.sizeInBytes() - (old.image.sizeInBytes() if old else 0)
        while self._bytes > _BUDGET:
            dropped, tile = self._tiles.popitem(last=False)
            self._bytes -= tile.image.sizeInBytes()
            place = dropped[0]
            if self._latest.get((place.lane, place.level, place.index)) == dropped:
                del self._latest[place.lane, place.level, place.index]

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
