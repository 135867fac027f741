"""What fuzzing has found, each as small as it can be told. All were something else than one of our
errors once.
"""

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remixer.app.dialogs.recovery import title
from remixer.audio import mpeg
from remixer.audio.carried import Carry, carry_chunks
from remixer.audio.decoding import Description
from remixer.audio.reader import open_audio
from remixer.audio.sniff import sniff
from remixer.audio.spool import Spool
from remixer.audio.stemfile import read_description
from remixer.audio.tags import read_tags
from remixer.errors import CacheError, InputError, ModelError, RemixerError, SettingError
from remixer.evaluation.results import read_results
from remixer.separation.catalogue import broken_cards, find_models, read_card
from remixer.separation.networks.registry import build
from remixer.separation.store import StemStore
from remixer.session.autosave import recoveries
from remixer.session.receipt_check import check_receipt
from remixer.session.savefile import read_mix
from remixer.smallfiles import read_json
from remixer.training.pack import Pack
from remixer.training.recipes import read_cookbook
from tests.hardening import corpus

INFINITE = float("inf")
DEEP = b"[" * 100_000


def changed(data: bytes, place: tuple[str, ...], value: Any) -> bytes:
    """A JSON file with one value replaced."""
    values = at = json.loads(data)
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return json.dumps(values).encode()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("loop",), [0, INFINITE]),
        (("song", "stamp"), [INFINITE, 1]),
        (("view", "start_s"), 10**400),
        (("regions",), [{"name": "a", "start": 0, "stop": INFINITE}]),
    ],
)
def test_numbers_without_an_end_in_a_session(
    tmp_path: Path, place: tuple[str, ...], value: Any
) -> None:
    path = tmp_path / "a.remix"
    path.write_bytes(changed(corpus.sessions()[0], place, value))
    with pytest.raises(InputError, match=r"a\.remix is (damaged|no Remixer file)"):
        read_mix(path)


@pytest.mark.parametrize("time", [INFINITE, 10**400, 1e18, -5.0, "today", None], ids=range(6))
def test_a_recovery_file_of_no_time(tmp_path: Path, time: Any) -> None:
    """The start listed it with its time, and did not come further."""
    data = changed(corpus.recovery_files()[0], ("time",), time)
    (tmp_path / "a.remix").write_bytes(data)
    assert recoveries(tmp_path) == []


def test_the_last_moment_of_a_calendar(tmp_path: Path) -> None:
    data = changed(corpus.recovery_files()[0], ("time",), 2.0**37)
    (tmp_path / "a.remix").write_bytes(data)
    (found,) = recoveries(tmp_path)
    assert "6325" in title(found)
    found.let_go()


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty", "/proc/self/mem", "/"])
def test_a_device_is_no_session(tmp_path: Path, device: str) -> None:
    """A recovery file may name any session; one without an end filled the memory."""
    data = changed(corpus.recovery_files()[0], ("session",), device)
    (tmp_path / "a.remix").write_bytes(data)
    for found in recoveries(tmp_path):
        found.discard()
    with pytest.raises(InputError):
        read_mix(Path(device))


def test_a_pipe_is_no_file_of_ours(tmp_path: Path) -> None:
    """Whoever opened it would wait for ever."""
    os.mkfifo(tmp_path / "a.json")
    assert find_models([tmp_path]) == {}
    with pytest.raises(ModelError, match="no regular file"):
        read_card(tmp_path / "a.json")
    with pytest.raises(InputError, match="no regular file"):
        read_mix(tmp_path / "a.json")


def readers(path: Path) -> list[Any]:
    """Whatever reads JSON of others."""
    return [
        (InputError, lambda: read_mix(path)),
        (InputError, lambda: check_receipt(path)),
        (InputError, lambda: read_results(path)),
        (ModelError, lambda: read_card(path)),
        (SettingError, lambda: read_cookbook("unet", path, {})),
    ]


@pytest.mark.parametrize("data", [DEEP, b"\xff\xfe[\0]\0", b"", b"nonsense", b"[]", b"3"])
def test_json_that_is_none_or_has_no_end(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    for kind, read in readers(path):
        with pytest.raises(kind, match=r"a\.json") as caught:
            read()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", '"\\ud800"', '{"\\uDFFF": 1}'])
def test_json_of_no_numbers_and_no_characters(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(f"[{text}]")
    with pytest.raises(ValueError, match=r"is no number|holds half a character"):
        read_json(path)


def test_json_of_names_that_are_no_text_and_of_whole_pairs(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    values = [os.fsdecode(b"a\xff.wav"), "\U0001f3a4", 1e300, r"\ud"]
    path.write_text(json.dumps(values))
    assert read_json(path) == values


def test_a_card_whose_weights_no_folder_can_hold(tmp_path: Path) -> None:
    card = changed(corpus.cards()[0], ("weights",), "\ud800")
    (tmp_path / "a.json").write_bytes(card)
    assert find_models([tmp_path]) == {}
    assert "half a character" in next(iter(broken_cards([tmp_path]).values()))


def test_a_recovery_file_of_an_endless_flag(tmp_path: Path) -> None:
    data = changed(corpus.recovery_files()[0], ("unsaved",), INFINITE)
    (tmp_path / "a.remix").write_bytes(data)
    assert recoveries(tmp_path) == []


def test_a_cache_entry_and_a_pack_of_deep_json(tmp_path: Path) -> None:
    for name in ("store.json", "index.json"):
        (tmp_path / name).write_bytes(DEEP)
    with pytest.raises(CacheError, match="nested too deeply"):
        StemStore.open(tmp_path)
    with pytest.raises(InputError, match="nested too deeply"):
        Pack(tmp_path)


@pytest.mark.parametrize(
    ("place", "value"),
    [(("rate",), 0), (("rate",), [1]), (("channels",), -1), (("clips",), [{"song": 1}])],
)
def test_a_pack_of_nonsense(tmp_path: Path, place: tuple[str, ...], value: Any) -> None:
    (tmp_path / "index.json").write_bytes(changed(json.dumps(corpus.INDEX).encode(), place, value))
    (tmp_path / "audio.i16").write_bytes(bytes(16))
    with pytest.raises(InputError, match="holds no whole pack"):
        Pack(tmp_path)


def test_messages_do_not_repeat_all_of_a_file(tmp_path: Path) -> None:
    long = "x" * 100_000
    cases = [
        (changed(corpus.cards()[0], ("id",), long), lambda p: read_card(p)),
        (changed(corpus.cards()[0], ("weights",), long), lambda p: read_card(p)),
        (changed(corpus.cards()[0], ("rate",), int("9" * 4000)), lambda p: read_card(p)),
        (changed(corpus.sessions()[0], ("song", "rate"), long), read_mix),
        (changed(json.dumps(corpus.RECIPE).encode(), ("model",), long), _recipe),
        (changed(json.dumps(corpus.RECEIPT).encode(), ("source", "path"), long), check_receipt),
        (changed(json.dumps(corpus.RESULTS).encode(), ("measure",), long), read_results),
    ]
    for data, read in cases:
        (tmp_path / "a.json").write_bytes(data)
        with pytest.raises(RemixerError) as caught:
            read(tmp_path / "a.json")
        assert len(str(caught.value)) < 1_000


def _recipe(path: Path) -> None:
    read_cookbook("unet", path, {})


@pytest.mark.parametrize("promised", [-5, 0])
def test_a_promise_below_one_sample_is_none(promised: int) -> None:
    """An mp3's delays may be larger than the whole, an mp4's edit longer than its track."""
    blocks = (np.ones((n, 1), np.float32) for n in (3, 4))
    what = Description("MP3", "MPEG_LAYER_III", 8_000, 1)
    spool = Spool("a", what, blocks, promised)
    assert spool.length == 7
    spool.close()


def test_a_stem_files_box_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(_box(b"moov", _box(b"udta", _box(b"stem", b"{nonsense"))))
    assert read_description(tmp_path / "a.mp4") is None


def test_a_box_that_claims_more_than_there_is(tmp_path: Path) -> None:
    """2^62 bytes were asked for."""
    huge = struct.pack(">I4sQ", 1, b"moov", 2**62)
    (tmp_path / "a.mp4").write_bytes(huge)
    assert read_description(tmp_path / "a.mp4") is None


def _box(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + name + payload


def test_a_file_of_nothing_but_tags(tmp_path: Path) -> None:
    """A million headers of empty tags took a minute to pass."""
    (tmp_path / "a.mp3").write_bytes(b"ID3\4\0\0\0\0\0\0" * 1_000_000)
    assert sniff(tmp_path / "a.mp3") == "MP3"
    with pytest.raises(InputError):
        open_audio(tmp_path / "a.mp3")


def test_an_mp3_that_ends_in_its_header(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    for name in (b"Xing", b"Info"):
        for extra in range(12):
            path.write_bytes(b"\xff\xfb\x90\x00" + bytes(32) + name + bytes([255] * extra))
            assert mpeg.promised_samples(path) is None or extra >= 8


@pytest.mark.parametrize("name", ["a.aac", "a.wav"])
def test_bare_aac_without_a_second_frame(tmp_path: Path, name: str) -> None:
    """Its packets, not what is in them, are what cannot be read."""
    (tmp_path / name).write_bytes(bytes.fromhex("fff00010000008000080 00"))
    with pytest.raises(InputError, match=f"{name} is damaged"):
        open_audio(tmp_path / name)


def test_a_long_name_of_an_architecture_is_cut() -> None:
    with pytest.raises(ModelError, match=r"architecture 'aa.*…' is unknown") as refused:
        build("a" * 5_000, {})
    assert len(str(refused.value)) < 300


def test_tags_that_mutagen_reads_as_something_else(tmp_path: Path) -> None:
    """An atom of numbers where a text belongs: the sound is whole all the same."""
    name = _box(b"\xa9nam", _box(b"data", struct.pack(">II", 21, 0) + b"\1\2\3"))
    meta = _box(b"meta", bytes(4) + _box(b"ilst", name))
    data = _box(b"ftyp", b"M4A \0\0\0\0") + _box(b"moov", _box(b"udta", meta))
    (tmp_path / "a.m4a").write_bytes(data)
    assert isinstance(read_tags(tmp_path / "a.m4a"), dict)


def test_a_hundred_thousand_labels_are_carried_at_once(tmp_path: Path) -> None:
    """Each was added to a copy of all before."""
    wav = corpus.sounds()["WAV"][0]
    label = b"labl" + struct.pack("<II", 4, 1)
    cue = struct.pack("<III4sIII", 1, 1, 500, b"data", 0, 0, 500)
    adtl = b"adtl" + label * 100_000
    at = wav.find(b"data")
    more = b"".join(n + struct.pack("<I", len(p)) + p for n, p in ((b"cue ", cue), (b"LIST", adtl)))
    (tmp_path / "a.wav").write_bytes(wav[:at] + more + wav[at:])
    (tmp_path / "b.wav").write_bytes(wav)
    carried = carry_chunks(tmp_path / "a.wav", tmp_path / "b.wav", Carry((100, 900)))
    assert carried == ("cue", "LIST")
    assert (tmp_path / "b.wav").stat().st_size > 1_200_000
