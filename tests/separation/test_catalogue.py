import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from remixer.errors import ModelError
from remixer.separation import catalogue
from remixer.separation.catalogue import Card, find_model, find_models, model_folders, read_card

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, card: Card) -> Write:
    """Writes a card with some values altered: write(folder="models", name=None, **values)."""

    def make(folder: str = "models", name: str | None = None, **values: Any) -> Path:
        content = {k: v for k, v in asdict(card).items() if k != "folder"} | values
        path = tmp_path / folder / f"{name or content['id']}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return make


def test_a_card_is_read_as_written(write: Write, card: Card) -> None:
    path = write(training={"hours": 3}, description="Für Elise")
    expected = replace(card, folder=path.parent, training={"hours": 3}, description="Für Elise")
    assert read_card(path) == expected
    assert read_card(path).path == path.parent / "small.safetensors"


def test_a_folder_in_the_card_is_not_believed(write: Write) -> None:
    path = write(folder="models")
    content = json.loads(path.read_text()) | {"folder": "/etc"}
    path.write_text(json.dumps(content))
    assert read_card(path).folder == path.parent


@pytest.mark.parametrize(
    "weights",
    [
        "../small.safetensors",
        "/etc/passwd",
        "sub/small.safetensors",
        "./small.safetensors",
        "small.safetensors/",
        "sub/../small.safetensors",
    ],
)
def test_weights_must_lie_beside_their_card(write: Write, weights: str) -> None:
    with pytest.raises(ModelError, match="weights must lie beside their card"):
        read_card(write(weights=weights))


@pytest.mark.parametrize("weights", ["", ".", ".."])
def test_folders_are_no_weights(write: Write, weights: str) -> None:
    with pytest.raises(ModelError, match="weights must lie beside their card"):
        read_card(write(weights=weights))


@pytest.mark.parametrize("id_", ["other", "", "Small", "../small", "a" * 65, 3, None, ["small"]])
def test_the_id_is_the_file_s_name(write: Write, id_: Any) -> None:
    with pytest.raises(ModelError, match=r"small\.json"):
        read_card(write(name="small", id=id_))


@pytest.mark.parametrize(
    "stems",
    [
        [],
        ["vocals", "bass", "drums"],
        ["vocals", "bass", "drums", "piano"],
        ["vocals", "bass", "drums", "drums"],
        ["vocals", "bass", "drums", "other", "other"],
        ["vocals", "bass", "drums", 4],
        ["vocals", "bass", "drums", ["other"]],
        "vocals",
        4,
        None,
        {"vocals": 1},
    ],
)
def test_other_stems_are_refused(write: Write, stems: Any) -> None:
    with pytest.raises(ModelError, match=r"small\.json"):
        read_card(write(stems=stems))


@pytest.mark.parametrize(
    "values",
    [
        {"rate": 0},
        {"rate": -22_050},
        {"rate": 22_050.0},
        {"rate": "22050"},
        {"rate": True},
        {"rate": 1 << 30},
        {"window": 1 << 40},
        {"hop": None},
        {"hop": 0},
        {"hop": 2048},
        {"hop": 1024},
        {"hop": 300},
        {"window": 2049},
        {"window": 1536},
    ],
)
def test_impossible_lattices_are_refused(write: Write, values: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="impossible lattice"):
        read_card(write(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"config": []},
        {"config": None},
        {"title": 3},
        {"weights": 3},
        {"sha256": None},
        {"architecture": ["cnn1"]},
        {"licence": {}},
        {"training": "much"},
        {"measured": [1]},
        {"surprise": 1},
    ],
)
def test_other_kinds_of_values_are_refused(write: Write, values: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="not a model card"):
        read_card(write(**values))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"null", b'"stems"', b"\xff\xfe", b"{}", b"[" * 200_000],
    ids=range(9),
)
def test_what_is_not_a_card_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "small.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"small\.json is not a model card"):
        read_card(path)
    assert find_models([tmp_path]) == {}


def test_a_missing_card_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.json"):
        read_card(tmp_path / "none.json")


def test_of_two_with_one_id_the_first_folder_s_counts(write: Write) -> None:
    mine, theirs = write(folder="mine", title="Mine"), write(folder="theirs", title="Theirs")
    write(folder="theirs", id="another")
    folders = [mine.parent, theirs.parent]
    found = find_models(folders)
    assert {id_: card.title for id_, card in found.items()} == {
        "small": "Mine",
        "another": "Small",
    }
    assert find_model("small", folders) == found["small"]
    assert find_model("another", folders) == found["another"]


def test_a_broken_card_hides_no_other(write: Write) -> None:
    good = write(id="good")
    (good.parent / "broken.json").write_text("{")
    assert find_models([good.parent]).keys() == {"good"}
    with pytest.raises(ModelError, match=r"broken\.json is not a model card"):
        find_model("broken", [good.parent])


@pytest.mark.parametrize("model", ["absent", "", "../models/small", "small.json", "sm\0all", "/"])
def test_what_is_not_installed_is_said_with_what_is(write: Write, model: str) -> None:
    folder = write().parent
    with pytest.raises(ModelError, match="not installed; there is small"):
        find_model(model, [folder / "models", folder])


def test_no_models_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="reinstall Remixer"):
        find_model("cnn1", [tmp_path, tmp_path / "absent"])


def test_the_user_s_folders_come_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, write: Write
) -> None:
    folder = write(title="Named").parent
    monkeypatch.setenv(catalogue.ENVIRONMENT, f"{folder}:{tmp_path / 'b'}")
    assert model_folders()[:2] == [folder, tmp_path / "b"]
    assert find_model("small").title == "Named"
    monkeypatch.delenv(catalogue.ENVIRONMENT)
    assert folder not in model_folders()


@pytest.mark.parametrize(
    "values",
    [
        {"sha256": "1" * 64},
        {"stems": ("vocals", "bass", "drums", "other")},
        {"config": {"hidden": 33}},
        {"architecture": "cnn2"},
        {"rate": 44_100},
        {"window": 4096},
        {"hop": 512},
    ],
)
def test_the_fingerprint_changes_with_what_changes_estimates(
    card: Card, values: dict[str, Any]
) -> None:
    assert replace(card, **values).fingerprint != card.fingerprint


def test_the_fingerprint_does_not_change_with_what_is_for_people(
    card: Card, tmp_path: Path
) -> None:
    other = replace(
        card, title="New", measured={"sdr": 5}, training={"h": 1}, licence="CC", folder=tmp_path
    )
    assert other.fingerprint == card.fingerprint


def test_the_fingerprint_changes_with_the_algorithm(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = card.fingerprint
    monkeypatch.setattr(catalogue, "VERSION", "masks-99")
    assert card.fingerprint != before
