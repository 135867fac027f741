import json
from pathlib import Path

import pytest

from remixer.dsp.signal import STEMS
from remixer.separation.catalogue import DEFAULT
from tests.cli.conftest import Remixer
from tests.support import music, write

ROOT = Path(__file__).parents[2]


def test_models_are_listed(remixer: Remixer, models: Path) -> None:
    outcome = remixer("models")
    assert outcome.code == 0
    assert f"{DEFAULT} (default)  Small and untrained" in outcome.out
    assert "bands  Small and untrained" in outcome.out
    there = {"bands", "cnn1", DEFAULT}
    assert outcome.out.count("licence: GPL-3.0-or-later") == len(there)
    result = remixer("models", "--json").result
    assert result["default"] == DEFAULT
    found = {card["id"]: card for card in result["models"]}
    shipped = {path.stem for path in (ROOT / "models").glob("*.json")}
    assert set(found) - {"spleeter"} == there | shipped  # whose package may be installed
    assert found["bands"]["path"] == str(models / "bands.safetensors")
    assert found["bands"]["stems"] == list(STEMS)


def test_the_shipped_model_says_how_well_it_separates(
    remixer: Remixer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REMIXER_MODELS")
    outcome = remixer("models")
    assert outcome.code == 0
    rows = [line for line in outcome.out.splitlines() if "SDR dB" in line]
    whole = [row for row in rows if "spleeter" not in row]  # which has vocals only
    assert len(whole) >= 3
    assert all(all(stem in row for stem in STEMS) for row in whole)


def test_damaged_cards_are_left_out_and_a_damaged_model_is_an_error(
    remixer: Remixer, song: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "broken.json").write_text("{")
    card = json.loads((models / f"{DEFAULT}.json").read_text())
    (folder / f"{DEFAULT}.json").write_text(json.dumps(card))
    data = (models / f"{DEFAULT}.safetensors").read_bytes()
    (folder / f"{DEFAULT}.safetensors").write_bytes(data[:-1])
    monkeypatch.setenv("REMIXER_MODELS", str(folder))
    listed = remixer("models")
    assert "broken" not in listed.out
    assert "broken.json is not a model card" in listed.err
    outcome = remixer("separate", song, "-o", "out")
    assert outcome.code == 1
    assert f"{DEFAULT}.safetensors" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_card_of_another_name_is_told_with_a_remedy(
    remixer: Remixer, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "mine.json").write_bytes((models / "bands.json").read_bytes())
    monkeypatch.setenv("REMIXER_MODELS", str(folder))
    told = remixer("models")
    assert told.code == 0
    assert " ".join(told.err.split()) == (
        "note: mine.json has the id 'bands', which is the file's name without .json: rename it to "
        f"bands.json, or change the id (left out: {folder / 'mine.json'})"
    )
    unavailable = remixer("models", "--json").result["unavailable"]
    assert "rename it to bands.json" in unavailable[str(folder / "mine.json")]
    (folder / "mine.json").rename(folder / "bands.json")
    (folder / "bands.safetensors").write_bytes((models / "bands.safetensors").read_bytes())
    told = remixer("models")
    assert "bands  Small and untrained" in told.out
    assert "left out" not in told.err


def test_the_cache_lists_what_was_separated(remixer: Remixer, song: Path, cache: Path) -> None:
    empty = remixer("cache")
    assert empty.code == 0
    assert empty.out.startswith("0 MB of ")
    assert empty.out.strip().endswith(str(cache))
    remixer("separate", song, "-o", "out")
    line = remixer("cache").out.splitlines()[0]
    assert f"song.wav  0:01.497  {DEFAULT}  100% separated" in line
    result = remixer("cache", "--json").result
    assert result["folder"] == str(cache)
    [entry] = result["entries"]
    assert entry["about"] == {"source": "song.wav", "model": DEFAULT}
    assert entry["separated_s"] == entry["total_s"] == pytest.approx(66_001 / 44_100)
    assert result["size"] == entry["size"] > 0


def test_a_song_is_separated_once(
    remixer: Remixer, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another command, nor another name or container of the same samples does it again."""
    remixer("separate", song, "-o", "out")
    song.rename(tmp_path / "renamed.wav")
    remixer("remix", "renamed.wav", "-o", "same.flac")
    monkeypatch.setattr("remixer.separation.separator.MaskSeparator.estimate", None)
    assert remixer("remix", "same.flac", "-o", "up.flac", "--gain", "vocals=1").code == 0
    assert len(remixer("cache", "--json").result["entries"]) == 1


def test_clear_and_limit(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "b.wav", 0.5 * music(1, 50_000, 44_100), 44_100, "PCM_16")
    remixer("separate", song, "-o", "out")
    assert remixer("cache", "limit", "2.5").out == "the cache may take 2.5 GB\n"
    assert remixer("cache", "--json").result["limit"] == 2_500_000_000
    remixer("separate", other, "-o", "out")
    kept = remixer("cache", "--json").result["entries"]
    assert [entry["about"]["source"] for entry in kept] == ["song.wav", "b.wav"]
    assert remixer("cache", "limit", "0.001", "--json").result == {"limit": 1_000_000}
    kept = remixer("cache", "--json").result["entries"]
    assert [entry["about"]["source"] for entry in kept] == ["b.wav"]
    assert remixer("cache", "clear", "--json").result == {"dropped": 1}
    assert remixer("cache", "clear").out == "0 entries dropped\n"
    assert remixer("cache", "--json").result["entries"] == []


@pytest.mark.parametrize("value", ["x", "nan", "1e9", "inf"])
def test_a_limit_out_of_range_is_a_usage_error(remixer: Remixer, value: str) -> None:
    outcome = remixer("cache", "limit", value)
    assert outcome.code == 2
    assert outcome.err


def test_a_cache_that_cannot_be_written_is_one_line(
    remixer: Remixer, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REMIXER_CACHE", str(tmp_path / "file" / "cache"))
    outcome = remixer("separate", song, "-o", "out")
    assert outcome.code == 1
    assert "REMIXER_CACHE" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("see the training data", "not stated: that of the training data"),
        ("MIT", "MIT"),
        (
            "A (see training.licences); B (see training.notice)",
            "A (what each part allows is in its card, {card}); B (their notice is in its card)",
        ),
        ("B (see training.notice)", "B (their notice is in its card, {card})"),
    ],
)
def test_licences_are_said_for_people_and_the_default_comes_first(
    remixer: Remixer,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    licence: str,
    said: str,
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    card = json.loads((models / "bands.json").read_text())
    for name in ("a", DEFAULT):
        (folder / f"{name}.json").write_text(json.dumps({**card, "id": name, "licence": licence}))
    (folder / "bands.safetensors").write_bytes((models / "bands.safetensors").read_bytes())
    monkeypatch.setenv("REMIXER_MODELS", str(folder))
    lines = remixer("models").out.splitlines()
    assert lines[0].startswith(f"{DEFAULT} (default)  ")
    place = said.format(card=folder / f"{DEFAULT}.json")
    assert f"  licence: {place}" in lines
