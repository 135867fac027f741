"""Receipts of real exports: what they tell equals what is measured, and nothing is half-written."""

import hashlib
import json
import os
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remixer.audio.reader import open_audio
from remixer.dsp.loudness import LoudnessMeter
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.errors import Cancelled, InputError, OutputError
from remixer.mixing.plain import from_plain
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card
from remixer.session.exporting import ExportPlan, ExportReport, run_export
from remixer.session.finishing import Finish
from remixer.session.jobs import Watch
from remixer.session.portrait import COLUMNS, portray
from remixer.session.receipt_check import check_receipt
from tests.session.test_exporting import LENGTH, NEUTRAL, RAISE, RATE, WATCH, opened, song_of
from tests.support import music, small_disk, tree, write

PLAN = ExportPlan("remix", Path(), receipt=True, model="cnn1")
REGION = (1_000, 44_100)


@pytest.fixture(scope="module")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to have a loudness."""
    path = tmp_path_factory.mktemp("song") / "A song & <more>.wav"
    return write(path, 0.6 * music(2, 66_001, RATE), RATE, "PCM_24")


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    monkeypatch.setenv("REMIXER_MODELS", str(models))


class Page(HTMLParser):
    """What a page shows, and what it asks of the network."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.links, self.open = "", [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are closed in order"

    def handle_data(self, data: str) -> None:
        self.text += data


def export(
    plan: ExportPlan, song: Path, card: Card, cache: StemCache, state: Any = RAISE
) -> tuple[ExportReport, dict[str, Any], Page]:
    with opened(song, card, cache) as (source, stems):
        report = run_export(plan, source, stems, state, WATCH)
    plain, page, paper = report.receipt
    assert paper.read_bytes().startswith(b"%PDF-")
    return report, json.loads(plain.read_text()), Page(page)


def measured(path: Path, region: tuple[int, int] | None = None) -> dict[str, float | None]:
    with open_audio(path) as reader:
        start, stop = region or (0, reader.length)
        samples = reader.read(start, stop - start)
    meter = LoudnessMeter(RATE, len(samples))
    meter.add(samples)
    found = vars(meter.result())
    return {k: v if v is not None and np.isfinite(v) else None for k, v in found.items()}


@pytest.mark.parametrize("region", [None, REGION])
def test_it_tells_what_is_so(
    region: tuple[int, int] | None, long_song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = replace(PLAN, folder=tmp_path, region=region, subtype="PCM_16", preset="wav24")
    plan = replace(plan, finish=Finish(ceiling_db=-3.0))
    report, values, page = export(plan, long_song, card, cache)
    [file] = values["exports"]
    written = report.files[0]
    for told, path in ((values["source"], long_song), (file, written)):
        assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told["bytes"] == path.stat().st_size
        with open_audio(path) as reader:
            assert told["content"] == reader.content_hash()
            assert told["length"] == reader.length
        assert told["sha256"] in page.text
    assert values["levels"] == measured(long_song, region)
    assert file["levels"] == measured(written)
    assert values["region"] == (list(region) if region else None)
    for level in (values["levels"]["integrated_lufs"], file["levels"]["true_peak_dbtp"]):
        assert f"{level:.1f}".replace("-", "−") in page.text
    null = file["null"]
    assert (null["of"], null["differing"], null["identical_to_source"]) == ("render", 0, False)
    assert null["dithered_bits"] == 16
    assert null["ceiling_took_db"] == report.done[0].export.limiting.deepest_db
    assert from_plain(values["moves"]["state"]) == RAISE
    assert values["moves"]["words"] == "Vocals +1.5 dB"
    assert values["model"]["version"] == card.fingerprint
    assert values["model"]["sha256"] == card.sha256
    assert values["options"]["ceiling_dbtp"] == -3.0
    assert values["options"]["preset"] == "wav24"
    assert values["proof"] == report.proof
    assert values["notes"] == list(report.notes)


def test_the_page_is_whole_and_asks_nothing_of_the_network(
    long_song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    _report, values, page = export(replace(PLAN, folder=tmp_path), long_song, card, cache)
    assert page.open == []
    assert page.links == []
    assert "A song & <more>.wav" in page.text
    assert json.dumps(values, indent=1) in page.text
    text = (tmp_path / "A song & <more> - remix.receipt.html").read_text()
    assert text.count("<svg") == 2
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_without_moves_it_says_identical(
    long_song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = replace(PLAN, folder=tmp_path, finish=Finish("on", -6.0))
    _report, values, page = export(plan, long_song, card, cache, NEUTRAL)
    [file] = values["exports"]
    assert file["null"]["identical_to_source"]
    assert file["content"] == values["source"]["content"]
    assert file["levels"] == values["levels"]
    assert values["model"] is None
    assert values["moves"]["words"] == "No moves"
    assert "read back identical to the source, 0 differing samples" in page.text
    assert "not applied" in page.text


@pytest.mark.parametrize(
    ("format", "of", "says"),
    [
        ("source", "sum", "all stems together are the source, 0 differing samples"),
        ("stem.mp4", "sum", "all stems together are the source, 0 differing samples"),
    ],
)
def test_stems(
    format: str, of: str, says: str, long_song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = replace(PLAN, what="stems", folder=tmp_path, format=format)
    _report, values, page = export(plan, long_song, card, cache)
    parts = ["stems"] if format == "stem.mp4" else list(STEMS)
    assert [file["part"] for file in values["exports"]] == parts
    assert all(file["null"]["of"] == of for file in values["exports"])
    assert says in page.text
    if format == "source":
        for file in values["exports"]:
            assert file["levels"] == measured(tmp_path / file["file"])


def test_all_has_one_receipt_of_all(song: Path, tmp_path: Path, card: Card, cache: StemCache):
    plan = replace(PLAN, what="all", folder=tmp_path)
    report, values, _page = export(plan, song, card, cache)
    assert [file["file"] for file in values["exports"]] == [file.name for file in report.files]
    assert report.receipt[0] == tmp_path / "song - all" / "song - all.receipt.json"
    assert all(each.holds for each in check_receipt(report.receipt[0]))


def test_lossy_files_and_copies_say_what_holds(tmp_path: Path, card: Card, cache: StemCache):
    song = song_of(tmp_path, "OGG", "VORBIS")
    _report, values, page = export(replace(PLAN, folder=tmp_path), song, card, cache, NEUTRAL)
    assert values["exports"][0]["null"]["of"] == "copy"
    assert values["source"]["content"] is None, "decoders may differ"
    assert "byte for byte" in page.text
    plan = replace(PLAN, folder=tmp_path, format="MP3", naming="lossy")
    _report, values, page = export(plan, song, card, cache)
    assert values["exports"][0]["null"]["of"] == "nothing"
    assert "the format is lossy" in page.text


def test_silence_has_no_level(tmp_path: Path, card: Card, cache: StemCache) -> None:
    song = write(tmp_path / "song.wav", np.zeros((LENGTH, 2)), RATE, "PCM_16")
    _report, values, page = export(replace(PLAN, folder=tmp_path), song, card, cache, NEUTRAL)
    assert values["levels"]["integrated_lufs"] is None
    assert "silence" in page.text
    assert page.open == []


def test_names_that_are_no_text(tmp_path: Path, card: Card, cache: StemCache) -> None:
    song = song_of(tmp_path, "WAV", "PCM_16")
    odd = tmp_path / os.fsdecode(b"odd\xff name.wav")
    song.rename(odd)
    report, _values, page = export(replace(PLAN, folder=tmp_path), odd, card, cache, NEUTRAL)
    assert "\\udcff" in page.text
    assert all(each.holds for each in check_receipt(report.receipt[0]))


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return song_of(tmp_path, "WAV", "PCM_16")


def test_what_exists_is_kept(song: Path, tmp_path: Path, card: Card, cache: StemCache) -> None:
    (tmp_path / "song - remix.receipt.json").write_text("mine")
    plan = replace(PLAN, folder=tmp_path)
    before = tree(tmp_path)
    with open_audio(song) as source:
        with pytest.raises(OutputError, match=r"receipt\.json exists"):
            run_export(plan, source, None, NEUTRAL, WATCH)
        assert tree(tmp_path) == before
        run_export(replace(plan, overwrite=True), source, None, NEUTRAL, WATCH)
    assert json.loads((tmp_path / "song - remix.receipt.json").read_text())["receipt"] == 1


@pytest.mark.parametrize("size", ["size=60k", "size=64k"])
def test_a_disk_that_is_full_for_the_receipt_leaves_nothing(
    size: str, song: Path, tmp_path: Path
) -> None:
    """The remix takes 36 kB, and all of it again with both files of the receipt."""
    with small_disk(tmp_path / "disk", size) as folder, open_audio(song) as source:
        with pytest.raises(OutputError, match="receipt"):
            run_export(replace(PLAN, folder=folder), source, None, NEUTRAL, WATCH)
        assert tree(folder) == {}


def test_cancelling_while_it_measures_leaves_nothing(song: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    watch = Watch(cancelled=lambda: any(out.glob("song*")))
    with open_audio(song) as source, pytest.raises(Cancelled):
        run_export(replace(PLAN, folder=out), source, None, NEUTRAL, watch)
    assert not out.exists()


# Checking


def test_checking_finds_what_changed(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    out = tmp_path / "out"
    report, _values, _page = export(replace(PLAN, what="stems", folder=out), song, card, cache)
    plain = report.receipt[0]
    states = [each.state for each in check_receipt(plain)]
    assert states == ["same"] * 5
    vocals, bass, drums, _other = report.files
    vocals.write_bytes(vocals.read_bytes() + b"LIST\x04\x00\x00\x00INFO")
    data = bytearray(bass.read_bytes())
    data[3_000] ^= 1
    bass.write_bytes(data)
    drums.unlink()
    found = {each.path.name: each.state for each in check_receipt(plain)}
    assert found["song - vocals.wav"] == "same sound"
    assert found["song - bass.wav"] == "changed"
    assert found["song - drums.wav"] == "missing"
    assert found["song - other.wav"] == "same"
    song.write_bytes(b"RIFF")
    assert not check_receipt(plain)[0].holds


def test_files_may_move_with_their_receipt(song: Path, tmp_path: Path) -> None:
    with open_audio(song) as source:
        run_export(replace(PLAN, folder=tmp_path / "out"), source, None, NEUTRAL, WATCH)
    moved = (tmp_path / "out").rename(tmp_path / "moved")
    song.rename(moved / song.name)
    checked = check_receipt(moved / "song - remix.receipt.json")
    assert [each.path.parent for each in checked] == [moved, moved]
    assert all(each.holds for each in checked)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no receipt"),
        ("[]", "no receipt"),
        ('{"receipt": true, "source": 3}', "damaged"),
        ('{"receipt": 1}', "damaged"),
        ('{"receipt": 1, "source": {"file": "a", "path": "b"}, "exports": [3]}', "damaged"),
        ('{"receipt": 9}', "newer Remixer"),
        ("[" * 5000, "no receipt"),
    ],
)
def test_what_is_no_receipt(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.receipt.json"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        check_receipt(path)
    with pytest.raises(InputError, match="cannot be read"):
        check_receipt(tmp_path / "missing")


# Portraits


@pytest.mark.parametrize("length", [1, 2, COLUMNS - 1, COLUMNS, COLUMNS + 1, 70_000, 200_001])
def test_a_portrait_has_the_peaks_of_its_columns(length: int) -> None:
    samples = music(2, length, RATE).T
    portrait = portray(ArrayReader(samples, RATE))
    columns = min(COLUMNS, length)
    borders = np.arange(columns + 1) * length // columns
    parts = [samples[:, a:b] for a, b in pairwise(borders)]
    np.testing.assert_array_equal(portrait.peaks, [np.abs(part).max() for part in parts])
    expected = [np.sqrt(np.mean(part**2)) for part in parts]
    np.testing.assert_allclose(portrait.rms, expected, rtol=1e-9)
