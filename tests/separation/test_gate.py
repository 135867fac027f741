"""Shipped models keep their quality: SDR on twelve seconds of the demo song, whose stems are known.

Weights or code that lose more than 0.2 dB on any stem fail. After a deliberate change, write the
new values with

    python -m tests.separation.test_gate
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from remixer.audio.reader import open_audio
from remixer.dsp.signal import STEMS, ArrayReader, Samples
from remixer.separation.catalogue import Card, read_card
from remixer.separation.model import load_model
from remixer.separation.separator import MaskSeparator

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "resources" / "demo"
GOLDEN = Path(__file__).parent / "gate.json"
START_S, SECONDS = 12.0, 12.0
LOSS_DB = 0.2
CARDS = [read_card(path) for path in sorted((ROOT / "models").glob("*.json"))]


def excerpt(path: Path) -> tuple[int, Samples]:
    with open_audio(path) as reader:
        start, count = (round(s * reader.rate) for s in (START_S, SECONDS))
        return reader.rate, reader.read(start, count)


def sdr(card: Card) -> dict[str, float]:
    """SDR in dB of each stem, without any filter or gain allowed for."""
    torch.set_num_threads(1)
    rate, mix = excerpt(DEMO / "demo.flac")
    half = mix.shape[1] // 2
    separator, source = MaskSeparator(load_model(card)), ArrayReader(mix, rate)
    parts = [separator.estimate(source, start, half) for start in (0, half)]
    found = np.concatenate(parts, axis=2).astype(np.float64)
    found = np.concatenate([found, (mix - found.sum(axis=0))[np.newaxis]])
    values = {}
    for stem, estimate in zip(STEMS, found, strict=True):
        true = excerpt(DEMO / "stems" / f"demo - {stem}.flac")[1]
        ratio = np.square(true).sum() / np.square(true - estimate).sum()
        values[stem] = float(10 * np.log10(ratio))
    return values


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_a_shipped_model_is_as_good_as_it_was(card: Card) -> None:
    golden = json.loads(GOLDEN.read_text())[card.id]
    now = sdr(card)
    lost = {stem: golden[stem] - now[stem] for stem in STEMS}
    assert max(lost.values()) < LOSS_DB, f"{card.id} loses {lost} dB against {GOLDEN.name}"


if __name__ == "__main__":
    table = {card.id: {k: round(v, 2) for k, v in sdr(card).items()} for card in CARDS}
    GOLDEN.write_text(json.dumps(table, indent=2) + "\n")
    print(GOLDEN.read_text())  # noqa: T201
