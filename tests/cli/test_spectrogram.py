import hashlib
import json
import os
import stat
import struct
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from matplotlib.image import imread

from remixer.cli.main import run
from remixer.cli.picture import (
    HEIGHT,
    WIDTH,
    Caption,
    decibel_range,
    draw_levels,
    hertz,
    new_picture,
    readable,
    time_ticks,
)
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.dsp.spectrogram import STEM_COLOURS, spectrogram
from remixer.errors import ExistsError
from remixer.separation import weights
from remixer.separation.networks.registry import build

RATE = 22_050
CONFIG = {"hidden": 32, "channels": [4, 8, 8]}


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.out)
        return values


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained model "tiny"."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(7)
    path = folder / "tiny.safetensors"
    weights.save(weights.quantise(build("cnn1", CONFIG).state_dict()), path)
    card = {
        "id": "tiny",
        "title": "Tiny",
        "architecture": "cnn1",
        "config": CONFIG,
        "stems": ["vocals", "drums", "bass", "other"],
        "rate": RATE,
        "window": 2048,
        "hop": 512,
        "weights": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "GPL-3.0-or-later",
    }
    (folder / "tiny.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def remixer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, models: Path, cache: Path
) -> Callable[..., Outcome]:
    """The program with "tiny" installed, in this process."""
    monkeypatch.setenv("REMIXER_MODELS", str(models))
    monkeypatch.setenv("REMIXER_CACHE", str(cache))

    def call(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as exit:
            run(["spectrogram", *(str(a) for a in arguments)])
        captured = capsys.readouterr()
        return Outcome(int(exit.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds: a chord, then noise."""
    time = np.arange(3 * RATE) / RATE
    chord = sum(0.2 * np.sin(2 * np.pi * hz * time) for hz in (110, 440, 1000))
    hiss = np.random.default_rng(0).uniform(-0.1, 0.1, time.size) * (time > 1.5)
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    soundfile.write(path, np.stack([chord, chord + hiss], axis=1), RATE, subtype="PCM_16")
    return path


def size_of(path: Path) -> tuple[int, int]:
    """A PNG's width and height, from its header."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_becomes_a_picture_without_any_model(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMIXER_MODELS", str(tmp_path / "none"))
    target = tmp_path / "song.PNG"
    outcome = remixer(song, "-o", target, "--model", "none")
    assert (outcome.code, outcome.out.strip()) == (0, str(target))
    assert size_of(target) == (WIDTH, HEIGHT) == (1600, 900)
    assert names(tmp_path) == ["song.PNG"]
    assert imread(target)[..., :3].std() > 0.05


@pytest.mark.parametrize("option", [["--masks"], *(["--stem", stem] for stem in STEMS)])
def test_stems_and_masks_are_separated_and_drawn(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path, option: list[str]
) -> None:
    target = tmp_path / "picture.png"
    outcome = remixer(song, "-o", target, "--model", "tiny", "--json", *option)
    assert outcome.code == 0, outcome.err
    assert outcome.result == {
        "file": str(song),
        "picture": str(target),
        "shows": option[-1].removeprefix("--"),
        "model": "tiny",
        "width": 1600,
        "height": 900,
    }
    assert size_of(target) == (1600, 900)
    assert names(tmp_path) == ["picture.png"]


def test_masks_have_a_legend_in_the_stems_colours(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    target = tmp_path / "masks.png"
    remixer(song, "-o", target, "--model", "tiny", "--masks")
    pixels = np.rint(imread(target)[:, 1180:, :3] * 255).astype(int)
    for colour in STEM_COLOURS.values():
        wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        assert np.abs(pixels - wanted).sum(axis=2).min() == 0


def test_what_exists_is_kept_unless_overwriting_is_allowed(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    target = tmp_path / "song.png"
    target.write_bytes(b"mine")
    outcome = remixer(song, "-o", target)
    assert outcome.code == 1
    assert "song.png exists: choose another name, or give --overwrite" in " ".join(
        outcome.err.split()
    )
    assert target.read_bytes() == b"mine"
    assert remixer(song, "-o", target, "--overwrite").code == 0
    assert size_of(target) == (1600, 900)
    assert names(tmp_path) == ["song.png"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("song.jpg", "song.jpg is not a PNG file: give a name that ends in .png"),
        ("song", "song is not a PNG file"),
        ("missing/song.jpg", "song.jpg is not a PNG file"),
        ("folder.png", "folder.png is a folder"),
    ],
)
def test_a_bad_target_is_one_line_and_leaves_nothing(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    outcome = remixer(song, "-o", tmp_path / name)
    assert outcome.code == 1
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert names(tmp_path) == ["folder.png"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_that_came_to_exist_meanwhile_stays(overwrite: bool, tmp_path: Path) -> None:
    target = tmp_path / "picture.png"
    with (
        nullcontext() if overwrite else pytest.raises(ExistsError),
        new_picture(target, overwrite) as temporary,
    ):
        temporary.write_bytes(b"ours")
        target.write_bytes(b"theirs")
    assert names(tmp_path) == ["picture.png"]
    assert target.read_bytes() == (b"ours" if overwrite else b"theirs")


def test_a_folder_that_is_missing_is_made_and_told(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    outcome = remixer(song, "-o", tmp_path / "new" / "song.png")
    assert outcome.code == 0
    assert f"the folder {tmp_path / 'new'} was missing and is made" in " ".join(outcome.err.split())
    assert size_of(tmp_path / "new" / "song.png") == (1600, 900)


def test_a_folder_is_never_replaced(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.png").mkdir()
    outcome = remixer(song, "-o", tmp_path / "folder.png", "--overwrite")
    assert outcome.code == 1
    assert "folder.png" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert names(tmp_path) == ["folder.png"]


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="permissions do not bind here",
)
def test_a_folder_without_permission_is_an_error(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    outcome = remixer(song, "-o", tmp_path / "song.png")
    assert outcome.code == 1
    assert "cannot be written to" in outcome.err


def test_the_source_is_never_overwritten(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    source = tmp_path / "song.png"
    source.write_bytes(song.read_bytes())
    outcome = remixer(source, "-o", source, "--overwrite")
    assert outcome.code == 1
    assert source.read_bytes() == song.read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stem", "vocals", "--masks"], "--stem and --masks"),
        (["--stem", "piano"], "no stem is called 'piano'"),
    ],
)
def test_wrong_options_are_usage_errors(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    outcome = remixer(song, "-o", tmp_path / "a.png", *options)
    assert outcome.code == 2
    assert message in outcome.err
    assert names(tmp_path) == []


def test_bad_input_leaves_nothing(remixer: Callable[..., Outcome], tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("no audio")
    for path in (text, tmp_path / "missing.wav"):
        outcome = remixer(path, "-o", tmp_path / "a.png")
        assert outcome.code == 1
        assert path.name in outcome.err
    assert names(tmp_path) == ["text.wav"]


def test_an_unknown_model_is_an_error(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path
) -> None:
    outcome = remixer(song, "-o", tmp_path / "a.png", "--masks", "--model", "nope")
    assert outcome.code == 1
    assert "'nope' is not installed" in outcome.err
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "$x_1$ 50% \\alpha{ #.wav",
        "日本語 한국어 Ελληνικά.wav",
        "🎵 \U000f1234 e\u0301\u200d.wav",
        "Ж" * 100 + ".wav",
    ],
)
def test_names_in_any_script_are_titles(
    remixer: Callable[..., Outcome], song: Path, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    source.write_bytes(song.read_bytes())
    outcome = remixer(source, "-o", tmp_path / "a.png")
    assert outcome.code == 0, outcome.err
    pixels = imread(tmp_path / "a.png")[..., :3]
    assert pixels[:60, 92:400].max() > 0.8
    assert pixels[:60, WIDTH - 92 :].max() < 0.2  # long names are shortened


def test_readable_keeps_what_can_be_written() -> None:
    assert readable("Blue\n in  Green ♪") == ("Blue in Green ♪", ("DejaVu Sans",))
    assert readable("a\U000f1234b\u200d\U0001f984c")[0] in {"a□b□c", "a□b\U0001f984c"}
    assert readable("caf\udce9")[0] == "caf□"


def test_the_users_own_matplotlib_settings_change_nothing(tmp_path: Path) -> None:
    import matplotlib

    picture = spectrogram(ArrayReader(np.zeros((1, 100)), 8_000), 20, 20)
    files = tmp_path / "a.png", tmp_path / "b.png"
    draw_levels(files[0], picture, Caption("a", "b"), (-80, 0))
    with matplotlib.rc_context({"savefig.bbox": "tight", "text.usetex": True, "font.size": 30}):
        draw_levels(files[1], picture, Caption("a", "b"), (-80, 0))
    np.testing.assert_array_equal(imread(files[0]), imread(files[1]))


@pytest.mark.parametrize("length", [1, 50, 4_000])
def test_the_shortest_signals_are_drawn(length: int, tmp_path: Path) -> None:
    picture = spectrogram(ArrayReader(np.ones((1, length)) * 0.5, 8_000), 200, 100)
    draw_levels(tmp_path / "a.png", picture, Caption("a", "b"), decibel_range(picture.levels))
    assert size_of(tmp_path / "a.png") == (1600, 900)


@pytest.mark.parametrize(
    ("loudest", "shown"),
    [(-12.8, (-90, -10)), (0.0, (-80, 0)), (3.1, (-75, 5)), (-120, (-120, -40))],
)
def test_the_range_follows_the_loudest(loudest: float, shown: tuple[float, float]) -> None:
    assert decibel_range(np.array([[loudest, -120]], np.float32)) == shown


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.25, ["0:00.0", "0:00.1", "0:00.2"]),
        (3.0, ["0:00", "0:01", "0:02", "0:03"]),
        (217.0, ["0:00", "1:00", "2:00", "3:00"]),
        (7300.0, ["0:00:00", "1:00:00", "2:00:00"]),
        (100_000.0, ["0:00:00", "7:00:00", "14:00:00", "21:00:00"]),
    ],
)
def test_time_ticks_are_round(seconds: float, labels: list[str]) -> None:
    ticks, found = time_ticks(seconds, 5)
    assert found == labels
    assert ticks[0] == 0
    assert ticks[-1] <= seconds


@pytest.mark.parametrize("seconds", [1e-5, 0.001, 0.9, 5, 59, 61, 3599, 3601, 86_400])
@pytest.mark.parametrize("most", [2, 10, 13])
def test_there_are_not_too_many_ticks(seconds: float, most: int) -> None:
    ticks, labels = time_ticks(seconds, most)
    assert 1 <= len(ticks) <= most
    assert len(set(labels)) == len(labels)


def test_frequencies_are_short() -> None:
    assert [hertz(f) for f in (20, 500, 1000, 20_000)] == ["20", "500", "1k", "20k"]
