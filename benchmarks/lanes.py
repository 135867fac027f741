"""Frames of the stem lanes while a five-minute song is zoomed and panned, beside one large
ImageItem of pyqtgraph for each lane.

python -m benchmarks.lanes
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.measure import DEMO, machine, own_peak, table
from remixer.audio.reader import open_audio
from remixer.dsp.signal import STORED, ArrayReader, Samples
from remixer.mixing.stems import ArrayStems, StemSet

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from remixer.app.theme import apply_theme
from remixer.app.widgets.lanes import StemLanes

SECONDS = 300
SIZE = (1600, 900)
FRAMES = 240

View = tuple[float, float]


def song() -> StemSet:
    """The demo song and its true stems, repeated to five minutes."""
    with open_audio(DEMO) as reader:
        mix, rate = reader.read(0, reader.length), reader.rate
    parts = []
    for stem in STORED:
        with open_audio(DEMO.parent / "stems" / f"demo - {stem}.flac") as reader:
            parts.append(reader.read(0, reader.length))
    return StemSet(ArrayReader(_long(mix, rate), rate), ArrayStems(_long(np.stack(parts), rate)))


def _long(samples: Samples, rate: int) -> Samples:
    times = -(-SECONDS * rate // samples.shape[-1])
    return np.concatenate([samples] * times, axis=-1)[..., : SECONDS * rate]


def journey() -> Iterator[View]:
    """Zoom in from the whole song to two seconds, pan on, zoom out elsewhere, in even frames."""
    leg = FRAMES // 3
    for k in range(leg):
        span = SECONDS * (2 / SECONDS) ** (k / leg)
        yield 120 - span * 0.4, 120 + span * 0.6
    for k in range(leg):
        start = 119.2 + k * 0.08
        yield start, start + 2
    for k in range(leg):
        span = 2 * (SECONDS / 2) ** (k / leg)
        yield 126 - span * 0.4, 126 + span * 0.6


Frames = tuple[list[float], list[float]]
"""Seconds of each frame by the clock, and of the window's thread at work."""


def frames(app: QApplication, show: Callable[[float, float], None]) -> Frames:
    """A frame: the new view is asked for and everything that follows is painted."""
    taken, worked = [], []
    for start, stop in journey():
        begun, begun_work = time.perf_counter(), time.thread_time()
        show(start, stop)
        app.processEvents()  # paints
        taken.append(time.perf_counter() - begun)
        worked.append(time.thread_time() - begun_work)
    return taken, worked


def report(name: str, measured: Frames) -> list[str]:
    figures = []
    for seconds in measured:
        ordered = sorted(seconds)
        late = ordered[int(0.95 * len(ordered))]
        figures += [statistics.median(seconds), late, ordered[-1]]
    return [name, *(f"{1000 * t:.1f} ms" for t in figures)]


class Stopwatch(QTimer):
    """The longest that the event loop was away."""

    def __init__(self) -> None:
        super().__init__(interval=0)
        self.worst = 0.0
        self._last = time.perf_counter()
        self.timeout.connect(self._tick)
        self.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last)
        self._last = now


def ours(app: QApplication, stems: StemSet) -> list[list[str]]:
    lanes = StemLanes()
    lanes.resize(*SIZE)
    lanes.show()
    begun = time.perf_counter()
    lanes.set_song(stems, None)
    watch = Stopwatch()
    lanes.set_done(np.ones(1, np.bool_), stems.mix.length)
    rows = [report("stem lanes, while the song is analysed", frames(app, lanes.set_view))]
    while not lanes.settled:
        app.processEvents()
    print(f"whole song analysed after {time.perf_counter() - begun:.1f} s")
    print(f"longest absence of the event loop meanwhile: {1000 * watch.worst:.0f} ms")
    for mode in ("spectrogram", "masks", "owners"):
        lanes.set_mode(mode)
        for visit in ("first", "second"):
            lanes.zoom_fit()
            app.processEvents()
            taken = frames(app, lanes.set_view)
            rows.append(report(f"stem lanes, {mode}, {visit} visit", taken))
    lanes.close()
    return rows


def image_items(app: QApplication) -> list[str]:
    """Five ImageItems that hold all columns of the song, downsampled by pyqtgraph."""
    import pyqtgraph as pg

    window = pg.GraphicsLayoutWidget()
    window.resize(*SIZE)
    levels = np.random.default_rng(0).integers(0, 255, (25840, 1025), np.uint8)
    plots = []
    for row in range(5):
        plot = window.addPlot(row=row, col=0)
        item = pg.ImageItem(levels, axisOrder="col-major", autoDownsample=True)
        item.setRect(0, 0, SECONDS, 22050)
        item.setColorMap(pg.colormap.get("viridis"))
        plot.addItem(item)
        if plots:
            plot.setXLink(plots[0])
        plots.append(plot)
    window.show()
    app.processEvents()

    def show(start: float, stop: float) -> None:
        plots[0].setXRange(start, stop, padding=0)

    return report("five ImageItems of pyqtgraph, autoDownsample", frames(app, show))


def main() -> None:
    app = QApplication([])
    apply_theme(app, "dark")
    stems = song()
    rows = ours(app, stems)
    print(f"peak memory with the song itself: {own_peak() / 1e6:.0f} MB")
    rows.append(image_items(app))
    title = f"Zooming and panning five minutes at {SIZE[0]} x {SIZE[1]}, {FRAMES} frames"
    head = ("", "median", "95 %", "worst", "CPU median", "CPU 95 %", "CPU worst")
    print(table(title, head, rows))


if __name__ == "__main__":
    print(machine() + "\n")
    main()
