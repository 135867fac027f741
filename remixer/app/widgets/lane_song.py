"""What the lanes of one song share: its data, images and look."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remixer.app.spectra import Layer, Ranges, Spectra
from remixer.app.spectra_colours import Inks, shares_of
from remixer.app.spectra_store import runs
from remixer.app.theme import current_theme
from remixer.app.tiles import MIX, OWNERS, Tiles
from remixer.app.widgets.ruler import clock, hertz
from remixer.dsp.pyramid import Raster, to_db
from remixer.dsp.signal import STEMS

COMPOSING_S = 0.008
"""What all lanes together may spend on new images in a frame; what is left comes with the next."""

FRAME_S = 0.016


@dataclass(eq=False)
class Budget:
    """The time for new images that a frame's lanes share."""

    _since: float = 0.0
    _left: float = COMPOSING_S

    def allows(self) -> bool:
        """Whether there is time for another image."""
        now = time.perf_counter()
        if now - self._since > FRAME_S:
            self._since, self._left = now, COMPOSING_S
        return self._left > 0

    def spend(self, seconds: float) -> None:
        """What an image took."""
        self._left -= seconds


@dataclass(eq=False)
class LaneSong:
    """A song as lanes show it. undone: samples that are not separated yet; separating: whether
    they will be.
    """

    spectra: Spectra
    tiles: Tiles
    undone: Ranges = field(default_factory=list)
    separating: bool = True
    budget: Budget = field(default_factory=Budget)

    @classmethod
    def of(cls, spectra: Spectra) -> "LaneSong":
        """Nothing of it is separated yet."""
        tiles = Tiles(spectra, Inks.of(current_theme()))
        return cls(spectra, tiles, [(0, spectra.raster.length)])

    @property
    def raster(self) -> Raster:
        """Where the cells lie."""
        return self.spectra.raster

    def layer(self, lane: str) -> Layer | None:
        """What a lane's picture is made of, besides the mix."""
        return self.spectra.mix if lane == MIX else self.spectra.stems

    def set_done(self, done: NDArray[np.bool_], chunk: int) -> None:
        """Which chunks are separated."""
        length = self.raster.length
        self.undone = [(a * chunk, min(b * chunk, length)) for a, b in runs(~done)]
        self.spectra.set_ready(done, chunk)

    def level_for(self, samples_per_pixel: float) -> int:
        """The finest level whose columns are a pixel wide or wider."""
        level = 0
        while level < self.raster.top and self.raster.span(level) < samples_per_pixel:
            level += 1
        return level

    def readout(self, lane: str, level: int, seconds: float, frequency: float) -> str:
        """What is under the cursor: time, frequency, level and shares, as far as they are known."""
        raster = self.raster
        row = int(np.argmin(np.abs(raster.centres_hz - frequency)))
        sample = min(int(seconds * raster.rate), max(raster.length - 1, 0))
        parts = [clock(sample / raster.rate), hertz(frequency)]
        mix = _column(self.spectra.mix, level, sample)
        stems = _column(self.spectra.stems, level, sample)
        own = stems[STEMS.index(lane)] if lane in STEMS and stems is not None else None
        shown = mix[0] if mix is not None and lane in (MIX, OWNERS) else own
        if shown is not None:
            cell = int(shown[row])
            parts.append(f"{to_db(cell):.1f} dBFS" if cell else "silence")
        if stems is not None:
            shares = shares_of(stems[:, row])
            silent = not stems[:, row].any()
            parts += [] if silent else [f"{s} {p:.0%}" for s, p in zip(STEMS, shares, strict=True)]
        return "   ".join(parts).replace("%", "\N{NARROW NO-BREAK SPACE}%")


def _column(layer: Layer | None, level: int, sample: int) -> NDArray[np.uint8] | None:
    """The filled column (planes, rows) at a sample, of the finest level from `level` on."""
    if layer is None:
        return None
    store = layer.store
    for k in range(level, store.raster.top + 1):
        column = min(sample // store.raster.span(k), store.raster.columns(k) - 1)
        cells = store.filled(k, column, 1)
        if cells is not None:
            return cells[..., 0]
    return None
