"""A small distribution of another maker: back ends that work, and some that do not."""

import json
from pathlib import Path
from typing import Any

NAME, VERSION, MODULE = "Fake-Separators", "1.2", "fake_separators"

CODE = '''
"""What a maker of back ends might write."""

import os

import numpy as np


class Louder:
    """Each stem is the source times its factor, delayed by nothing."""

    def __init__(self, *factors):
        self.factors = factors

    def estimate(self, source, start, count):
        mix = source.read(start, count).astype(np.float32)
        return np.stack([factor * mix for factor in self.factors])


class Bad:
    def __init__(self, answer):
        self.answer = answer

    def estimate(self, source, start, count):
        return self.answer(source.channels, count)


def half():
    return Louder(0.5)


def three():
    return Louder(0.25, 0.125, 0.5)


def crooked():
    return Bad(lambda channels, count: np.zeros((1, channels, count + 1), np.float32))


def endless():
    return Bad(lambda channels, count: np.full((1, channels, count), np.nan, np.float32))


def whole():
    return Bad(lambda channels, count: np.zeros((1, channels, count), np.int16))


def angry():
    return Bad(lambda channels, count: 1 / 0)


def crashes():
    return Bad(lambda channels, count: os._exit(7))


def quits():
    raise SystemExit("not today")


def nothing():
    return None
'''

CARDS: dict[str, dict[str, Any]] = {
    "half": {"title": "Half is vocals", "licence": "MIT", "stems": ["vocals"]},
    "left": {"title": "Half, not split", "licence": "MIT", "stems": ["vocals"], "split": False},
    "narrow": {"title": "At 32 kHz", "licence": "MIT", "stems": ["vocals"], "rate": 32_000},
    "three": {"title": "Three", "licence": "MIT", "stems": ["drums", "vocals", "bass"]},
} | {
    name: {"title": "Broken", "licence": "MIT", "stems": ["vocals"], "split": False}
    for name in (
        "crooked",
        "endless",
        "whole",
        "angry",
        "crashes",
        "quits",
        "nothing",
        "absent",
        "unmade",
    )
}
MAKERS = {name: f"{MODULE}:{name}" for name in CARDS}
MAKERS |= {"left": f"{MODULE}:half", "narrow": f"{MODULE}:half"}
MAKERS |= {"absent": "fake_absent:make", "unmade": f"{MODULE}:no_such_name"}


def install(folder: Path, version: str = VERSION) -> Path:
    """The distribution, as pip would lay it into a folder of sys.path; `absent` fails as it is
    imported. Returns the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{MODULE}.py").write_text(CODE)
    (folder / "fake_absent.py").write_text("import a_module_that_nobody_has\n")
    for name, card in CARDS.items():
        (folder / f"{name}.json").write_text(json.dumps(card))
    info = folder / f"{MODULE}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n")
    lines = [f"{name} = {maker}" for name, maker in MAKERS.items()]
    (info / "entry_points.txt").write_text("\n".join(["[remixer.separators]", *lines, ""]))
    return folder
