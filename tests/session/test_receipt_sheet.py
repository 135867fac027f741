"""The receipt on a sheet of paper: all of it, on one, inside its margins."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from remixer.audio.reader import open_audio
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card
from remixer.session.exporting import ExportPlan, run_export
from remixer.session.finishing import Finish
from remixer.session.portrait import Portrait, portray
from remixer.session.receipt_sheet import HEIGHT, WIDTH, _fitted, sheet
from tests.session.test_exporting import LENGTH, RAISE, RATE, WATCH, opened
from tests.support import music, write

Values = dict[str, Any]


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    monkeypatch.setenv("REMIXER_MODELS", str(models))


def made(path: Path, what: str, card: Card, cache: StemCache) -> tuple[Values, Portrait]:
    plan = ExportPlan(
        what, path.parent / "out", receipt=True, model="cnn1", finish=Finish("on", -1)
    )
    with opened(path, card, cache) as (source, stems):
        report = run_export(plan, source, stems, RAISE, WATCH)
    with open_audio(path) as source:
        return json.loads(report.receipt[0].read_text()), portray(source)


def drawn(values: Values, before: Portrait, after: Portrait | None) -> Figure:
    column = _fitted(values, before, after)
    assert column.height <= HEIGHT
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
    FigureCanvasAgg(figure)
    column.draw(figure)
    return figure


def texts(figure: Figure) -> str:
    return "".join(text.get_text() for text in figure.texts).replace(" ", "")


@pytest.mark.parametrize("what", ["remix", "stems", "all"])
def test_everything_is_on_it_and_inside(
    what: str, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    song = write(tmp_path / "A $ong_^2 {x}.wav", 0.9 * music(2, LENGTH, RATE), RATE, "PCM_16")
    values, portrait = made(song, what, card, cache)
    figure = drawn(values, portrait, portrait if what != "stems" else None)
    there = texts(figure)
    for file in (values["source"], *values["exports"]):
        for said in (file["file"], file["sha256"], file["content"]):
            assert said.replace(" ", "") in there
    assert "Vocals+1.5dB" in there
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.texts]
    assert min(box.x0 for box in boxes) >= 39
    assert max(box.x1 for box in boxes) <= WIDTH - 39
    assert min(box.y0 for box in boxes) >= 20
    tops = sorted({round(text.get_position()[1] * HEIGHT, 1) for text in figure.texts})
    assert min(np.diff(tops)) > 0.5  # no line lies on another


def test_names_of_any_script_and_length(tmp_path: Path, card: Card, cache: StemCache) -> None:
    song = write(tmp_path / f"{'long' * 40}日本.wav", music(1, LENGTH, RATE), RATE, "PCM_16")
    values, portrait = made(song, "remix", card, cache)
    there = texts(drawn(values, portrait, portrait))
    assert "long" * 40 in there
    assert pages(sheet(values, portrait, portrait)) == 1


def test_silence(tmp_path: Path, card: Card, cache: StemCache) -> None:
    song = write(tmp_path / "silence.wav", np.zeros((LENGTH, 2)), RATE, "PCM_16")
    values, portrait = made(song, "remix", card, cache)
    assert "silence" in texts(drawn(values, portrait, portrait))
    assert pages(sheet(values, portrait, portrait)) == 1


def test_it_is_one_page_of_a4_that_says_what_it_is(
    tmp_path: Path, card: Card, cache: StemCache
) -> None:
    song = write(tmp_path / "song.wav", music(2, LENGTH, RATE), RATE, "PCM_16")
    values, portrait = made(song, "all", card, cache)
    found = sheet(values, portrait, portrait)
    assert pages(found) == 1
    assert re.search(rb"/MediaBox \[ 0 0 595 842 \]", found)
    assert b"Receipt of song.wav" in found
    assert b"/Subtype /Type3" not in found  # text that can be searched and copied


def pages(found: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", found))
