"""Cards of back ends, found in a distribution that is really installed, none of it imported."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from remixer.errors import ModelError
from remixer.separation.backends import find_back_ends
from remixer.separation.catalogue import broken_back_ends, find_model, find_models, our_card
from tests.packages import CARDS, MODULE, NAME, VERSION, install


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = install(tmp_path / "site")
    monkeypatch.syspath_prepend(folder)
    for name in [n for n in sys.modules if n.partition(".")[0] == MODULE]:
        monkeypatch.delitem(sys.modules, name)  # another test's, from another folder
    return folder


def rewrite(site: Path, **values: Any) -> None:
    (site / "half.json").write_text(json.dumps({**CARDS["half"], **values}))


def test_back_ends_are_listed_by_their_cards_and_not_imported(site: Path) -> None:
    models = find_models()
    assert set(CARDS) <= set(models)
    assert models["half"].title == "Half is vocals"
    assert models["half"].licence == "MIT"
    assert find_model("half") == models["half"]
    back_end = find_back_ends()["half"]
    assert back_end.package == f"{NAME} {VERSION}"
    assert back_end.missing == ("bass", "drums", "other")
    assert MODULE not in sys.modules


def test_our_network_splits_only_what_leaves_more_than_one_stem(site: Path) -> None:
    found = find_back_ends()
    assert found["half"].splits
    assert not found["left"].splits
    assert not found["three"].splits


def test_folders_that_are_named_hold_no_back_ends(site: Path, tmp_path: Path) -> None:
    assert find_models([tmp_path]) == {}
    with pytest.raises(ModelError, match="'half' is not installed"):
        find_model("half", [tmp_path])


def test_the_fingerprint_follows_package_card_and_splitter(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: find_model(name).fingerprint for name in ("half", "left", "narrow", "three")}
    assert len(set(before.values())) == 4
    rewrite(site, title="Another title")
    assert find_model("half").fingerprint == before["half"]
    rewrite(site, version="2")
    assert find_model("half").fingerprint != before["half"]
    rewrite(site)
    folder = tmp_path / "models"
    folder.mkdir()
    card = json.loads((our_card().folder / "unet.json").read_text())
    (folder / "unet.json").write_text(json.dumps({**card, "sha256": "1" * 64}))
    monkeypatch.setenv("REMIXER_MODELS", str(folder))
    assert find_model("half").fingerprint != before["half"]
    assert find_model("left").fingerprint == before["left"]
    newer = install(tmp_path / "newer", "1.3")
    monkeypatch.setattr(sys, "path", [str(newer), *(p for p in sys.path if p != str(site))])
    assert find_model("left").fingerprint != before["left"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"licence": ""}, "without 'licence'"),
        ({"stems": []}, "without 'stems'"),
        ({"stems": ["vocals", "vocals"]}, "each is one of vocals, bass, drums, other, once"),
        ({"stems": ["piano"]}, "piano"),
        ({"stems": "vocals"}, "'stems' cannot be 'vocals'"),
        ({"rate": 44.1}, "'rate' cannot be 44.1"),
        ({"rate": True}, "'rate' cannot be True"),
        ({"rate": 1}, "takes 1 Hz only"),
        ({"split": 1}, "'split' cannot be 1"),
        ({"measured": []}, "'measured' cannot be"),
        ({"problem": "none"}, "'problem', which this version does not know"),
        ({"needs": ["a_module_that_nobody_has"], "install": "pip install it"}, "pip install it"),
    ],
)
def test_a_card_that_does_not_fit_is_named_and_the_others_stay(
    site: Path, values: dict[str, Any], why: str
) -> None:
    rewrite(site, **values)
    assert "half" not in find_models()
    assert {"left", "three"} <= set(find_models())
    with pytest.raises(ModelError, match=f"'half' .{NAME} {VERSION}.") as error:
        find_model("half")
    assert why in str(error.value)
    assert broken_back_ends()["half"] == str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_a_card_that_is_none_is_named(site: Path, text: str) -> None:
    (site / "half.json").write_text(text)
    with pytest.raises(ModelError, match="'half'"):
        find_model("half")


def test_a_card_or_a_module_that_is_missing_is_named(site: Path) -> None:
    (site / "half.json").unlink()
    (site / "fake_absent.py").unlink()
    with pytest.raises(ModelError, match=r"half\.json"):
        find_model("half")
    with pytest.raises(ModelError, match="names a module that is not there"):
        find_model("absent")


def test_ours_come_first_and_two_of_one_name_are_refused(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = next(site.glob("*.dist-info"))
    (info / "entry_points.txt").write_text("[remixer.separators]\nunet = fake_separators:half\n")
    (site / "unet.json").write_text(json.dumps(CARDS["half"]))
    assert find_model("unet") == our_card()
    other = install(tmp_path / "other")
    (other / f"{MODULE}-{VERSION}.dist-info").rename(other / "copycat-3.dist-info")
    metadata = other / "copycat-3.dist-info" / "METADATA"
    metadata.write_text("Metadata-Version: 2.1\nName: copycat\nVersion: 3\n")
    second = install(tmp_path / "second")
    monkeypatch.setattr(sys, "path", [str(other), str(second), *sys.path])
    with pytest.raises(ModelError, match="call a back end 'half': remove one"):
        find_model("half")


@pytest.mark.parametrize(
    "text", [b"\xff\xfe[remixer.separators\n=\n", b"[remixer.separators]\n[x\n"]
)
def test_damaged_metadata_of_a_package_hides_no_other(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    info = tmp_path / "bad" / "damaged-1.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_bytes(text)
    monkeypatch.syspath_prepend(info.parent)
    assert {"half", "unet"} <= set(find_models())


def test_what_comes_first_on_the_path_counts(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(install(tmp_path / "newer", "1.3"))
    assert find_back_ends()["half"].package == f"{NAME} 1.3"
