"""Presets, sets, stem files and finishing of real exports; the null path untouched by all of it."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.audio.formats import RIFF_LIMIT
from remixer.audio.multitrack import open_track
from remixer.audio.reader import open_audio
from remixer.audio.stemfile import read_description
from remixer.audio.tags import read_tags
from remixer.dsp.loudness import LoudnessMeter
from remixer.dsp.signal import STEMS
from remixer.errors import Cancelled, OutputError, SettingError
from remixer.mixing.strips import MixState
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card
from remixer.session.exporting import ExportPlan, run_export
from remixer.session.finishing import Finish
from remixer.session.jobs import Watch
from remixer.session.presets import PRESETS, Preset, find_preset, matching
from tests.audio.test_carried import CHUNKS, SINCE, bext, only, with_chunks, without_loudness
from tests.session.test_exporting import (
    LENGTH,
    NEUTRAL,
    RAISE,
    RATE,
    REGION,
    WATCH,
    opened,
    song_of,
)
from tests.support import music, read_floats, read_ints, small_disk, tree, write

LOUD = MixState(master_db=3.0).with_strip("bass", gain_db=9.0)
EVERYTHING = Finish("on", -3.0)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return song_of(tmp_path, "WAV", "PCM_24")


def true_peak(path: Path) -> float:
    with open_audio(path) as reader:
        meter = LoudnessMeter(reader.rate, reader.channels)
        meter.add(reader.read(0, reader.length))
    return meter.result().true_peak_dbtp


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_every_preset_writes_what_it_says(
    preset: Preset, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = ExportPlan("remix", tmp_path / "out", model="cnn1", receipt=True).by(preset)
    with opened(song, card, cache) as (source, stems):
        targets = plan.targets(source, RAISE)
        assert not (tmp_path / "out").exists(), "planning writes nothing"
        report = run_export(plan, source, stems, RAISE, WATCH)
    assert [*report.files, *report.receipt] == targets
    assert {path for path in (tmp_path / "out").rglob("*") if path.is_file()} == set(targets)
    assert all(path.stat().st_size for path in targets)
    assert matching(preset.what, preset.format, preset.subtype) == preset
    assert ("lossy" in report.proof) == (preset.id in ("mp3", "aac"))


def test_unknown_presets_are_named() -> None:
    assert find_preset(" WAV24 ").id == "wav24"
    with pytest.raises(SettingError, match="source, wav24, flac"):
        find_preset("gold")


def test_all_is_a_folder_whose_parts_hold_together(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    seen: list[tuple[float, float]] = []
    plan = ExportPlan("all", tmp_path / "out", region=REGION)
    with opened(song, card, cache) as (source, stems):
        watch = Watch(writing=lambda done_s, total_s: seen.append((done_s, total_s)))
        report = run_export(plan, source, stems, RAISE, watch)
    folder = tmp_path / "out" / "song - all"
    parts = ["remix", *STEMS, *(f"minus {stem}" for stem in STEMS)]
    assert report.files == tuple(folder / f"song - {part}.wav" for part in parts)
    original = read_ints(song)[slice(*REGION)]
    found = {stem: read_ints(folder / f"song - {stem}.wav") for stem in STEMS}
    assert np.array_equal(sum(found.values()), original)
    for stem in STEMS:
        minus = read_ints(folder / f"song - minus {stem}.wav")
        assert np.array_equal(minus + found[stem], original)
    assert report.identical
    assert "0 differing samples" in report.proof
    assert "4 minus-ones hold exactly what was rendered" in report.proof
    shares = [done_s / total_s for done_s, total_s in seen]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_all_without_moves_has_the_source_itself(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = ExportPlan("all", tmp_path, finish=EVERYTHING)
    with opened(song, card, cache) as (source, stems):
        report = run_export(plan, source, stems, NEUTRAL, WATCH)
    assert "the remix is identical to the source" in report.proof
    assert np.array_equal(read_ints(report.files[0]), read_ints(song))


def test_a_set_that_fails_leaves_nothing_new(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    calls = itertools.count()
    plan = ExportPlan("all", tmp_path / "out")
    with opened(song, card, cache) as (source, stems):
        with pytest.raises(Cancelled):
            run_export(plan, source, stems, RAISE, Watch(cancelled=lambda: next(calls) > 3))
        assert not (tmp_path / "out").exists()
        with small_disk(tmp_path / "disk", "size=360k") as disk:
            full = replace(plan, folder=disk)
            with pytest.raises(OutputError, match=r"full|room|space"):
                run_export(full, source, stems, RAISE, WATCH)
            assert tree(disk) == {}


def test_names_must_tell_the_parts_and_may_tell_the_preset(song: Path, tmp_path: Path) -> None:
    with open_audio(song) as source:
        plan = ExportPlan("remix", tmp_path, naming="{name} {preset}")
        assert plan.targets(source) == [tmp_path / "song custom.wav"]
        flac = plan.by(find_preset("flac"))
        assert flac.targets(source) == [tmp_path / "song flac.flac"]
        with pytest.raises(SettingError, match="same for all"):
            plan.by(find_preset("all")).targets(source)


@pytest.mark.parametrize("region", [None, REGION])
def test_a_stem_file_adds_up(
    region: tuple[int, int] | None, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = ExportPlan("stems", tmp_path, region=region, format="stem.mp4")
    with opened(song, card, cache) as (source, stems):
        report = run_export(plan, source, stems, RAISE, WATCH)
    [path] = report.files
    assert path == tmp_path / "song - stems.stem.mp4"
    assert report.identical
    assert "with 0 differing samples" in report.proof
    assert read_description(path) is not None
    readers = [open_track(path, track) for track in range(5)]
    whole, *parts = [reader.read(0, reader.length) for reader in readers]
    for reader in readers:
        reader.close()
    expected = read_floats(song)[slice(*(region or (0, LENGTH)))].T
    assert np.array_equal(whole, expected)
    assert np.array_equal(sum(parts), expected)


def test_a_stem_file_as_aac_says_how_far_it_goes(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    plan = ExportPlan("stems", tmp_path, format="stem.mp4", subtype="AAC")
    with opened(song, card, cache) as (source, stems):
        report = run_export(plan, source, stems, RAISE, WATCH)
    assert not report.identical
    assert "lossy" in report.proof


def test_float_stems_do_not_go_into_a_stem_file_unasked(tmp_path: Path) -> None:
    with open_audio(song_of(tmp_path, "WAV", "FLOAT")) as source:
        plan = ExportPlan("stems", tmp_path, format="stem.mp4")
        with pytest.raises(OutputError, match="M4A cannot hold FLOAT"):
            plan.targets(source)


# The null path


@pytest.mark.parametrize("format", ["WAV", "FLAC", "AIFF"])
@pytest.mark.parametrize("dither", ["auto", "on"])
def test_no_option_touches_a_mix_without_moves(
    format: str, dither: str, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    song = song_of(tmp_path, format, "PCM_24", loud=1.1)
    finish = Finish(dither, -6.0)
    with opened(song, card, cache) as (source, stems):
        states = [NEUTRAL, MixState(strips=(replace(NEUTRAL.strips[0], solo=True),) * 4)]
        for number, state in enumerate(states):
            plan = ExportPlan(
                "remix", tmp_path, naming=f"{number}", finish=finish, receipt=True, overwrite=True
            )
            report = run_export(plan, source, stems, state, WATCH)
            assert report.identical
            assert np.array_equal(read_ints(report.files[0]), read_ints(song))
            assert "no ceiling" in report.notes[0]


def test_fewer_bits_without_moves_are_rounded_not_dithered(song: Path, tmp_path: Path) -> None:
    with open_audio(song) as source:
        plan = ExportPlan("remix", tmp_path, subtype="PCM_16", finish=EVERYTHING)
        report = run_export(plan, source, None, NEUTRAL, WATCH)
    step = 2.0**-15
    expected = np.clip(np.rint(read_floats(song) / step) * step, -1, 1 - step)
    assert np.array_equal(read_floats(report.files[0]), expected)
    assert not any("dithered" in note for note in report.notes)


def test_stems_are_never_dithered_nor_limited(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("stems", tmp_path, subtype="PCM_16", finish=Finish("on", -24.0))
        report = run_export(plan, source, stems, LOUD, WATCH)
    total = sum(read_ints(file) for file in report.files)
    step = 2.0**-15
    rounded = np.clip(np.rint(read_floats(song) / step) * step, -1, 1 - step)
    assert np.array_equal(total / 2.0**31, rounded)


# What has moves


@pytest.mark.parametrize(
    ("subtype", "dither", "expected"),
    [
        ("PCM_16", "auto", 16),
        ("PCM_16", "off", None),
        ("source", "auto", None),
        ("source", "on", 24),
        ("FLOAT", "on", None),
    ],
)
def test_dither_of_a_remix(
    subtype: str,
    dither: str,
    expected: int | None,
    song: Path,
    tmp_path: Path,
    card: Card,
    cache: StemCache,
) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("remix", tmp_path, subtype=subtype, finish=Finish(dither))
        report = run_export(plan, source, stems, RAISE, WATCH)
        again = run_export(replace(plan, naming="again"), source, stems, RAISE, WATCH)
        exact = run_export(
            replace(plan, naming="exact", subtype="DOUBLE"), source, stems, RAISE, WATCH
        )
    assert report.files[0].read_bytes() == again.files[0].read_bytes()
    assert "0 differing samples" in report.proof, "what is dithered is proved as ever"
    note = f"dithered to {expected} bits (TPDF)"
    assert (note in report.notes) == (expected is not None)
    error = read_floats(report.files[0]) - read_floats(exact.files[0])
    if expected:
        assert (error * 2.0 ** (expected - 1)).var() == pytest.approx(0.25, rel=0.06)
    elif subtype != "FLOAT":
        bits = 16 if subtype == "PCM_16" else 24
        assert np.abs(error * 2.0 ** (bits - 1)).max() <= 0.5


@pytest.mark.parametrize("subtype", ["PCM_16", "source", "FLOAT"])
def test_a_ceiling_holds_and_is_told(
    subtype: str, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        free = ExportPlan("remix", tmp_path, subtype="FLOAT", naming="free")
        loud = run_export(free, source, stems, LOUD, WATCH)
        plan = ExportPlan("remix", tmp_path, subtype=subtype, finish=Finish(ceiling_db=-1.0))
        report = run_export(plan, source, stems, LOUD, WATCH)
        calm = replace(plan, naming="calm", finish=Finish(ceiling_db=0.0))
        nothing = run_export(calm, source, stems, NEUTRAL.with_strip("bass", gain_db=-9), WATCH)
    over_db = true_peak(loud.files[0])
    assert over_db > 0
    assert -1.1 < true_peak(report.files[0]) <= -1.0
    assert report.clipped == 0
    assert "0 differing samples" in report.proof
    took = report.done[0].export.limiting.deepest_db
    assert over_db + 1.0 <= took < over_db + 1.1
    assert report.notes[0].startswith(f"the ceiling took away up to {took:.1f} dB, in ")
    assert nothing.notes[0] == "nothing reached the ceiling: it took nothing away"


def test_a_ceiling_is_for_the_remix_only(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        for finish in (Finish(), Finish(ceiling_db=-24.0)):
            plan = ExportPlan("minus-one", tmp_path, naming=f"{finish.ceiling_db}", finish=finish)
            run_export(plan, source, stems, LOUD, WATCH)
    assert np.array_equal(read_ints(tmp_path / "None.wav"), read_ints(tmp_path / "-24.0.wav"))


def test_a_region_of_automation_is_where_it_is_in_the_song(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    ride = NEUTRAL.with_treatment("vocals", automation=((2_000, 0.0), (5_000, 12.0)))
    with opened(song, card, cache) as (source, stems):
        for region in (None, REGION):
            plan = ExportPlan(
                "remix", tmp_path, subtype="DOUBLE", region=region, naming=f"{region is None}"
            )
            run_export(plan, source, stems, ride, WATCH)
    whole, part = read_floats(tmp_path / "True.wav"), read_floats(tmp_path / "False.wav")
    np.testing.assert_allclose(part, whole[slice(*REGION)], atol=1e-12)
    assert not np.allclose(part, read_floats(song)[slice(*REGION)], atol=1e-3)


# What a file says beside its sound


@pytest.mark.parametrize("what", ["remix", "stems"])
@pytest.mark.parametrize("region", [None, (1_500, 4_999)])
def test_chunks_of_a_wav_source_go_with_every_export(
    what: str, region: tuple[int, int] | None, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    song = with_chunks(tmp_path / "song.wav", CHUNKS)
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan(what, tmp_path / "out", region=region)
        report = run_export(plan, source, stems, NEUTRAL, WATCH)
    for file in report.files:
        since = SINCE + (region[0] if region else 0)
        [found] = only(file, b"bext")
        expected = bext(since=since)
        if what == "stems" or region:  # another sound: it does not claim the levels of the song
            expected = without_loudness(expected)
        assert found == expected
        assert len(only(file, b"cue ")) == 1
        assert read_tags(file) == {"title": "Title"}
        if region is None:
            for name in (b"iXML", b"cue ", b"LIST", b"plst", b"axml"):
                assert only(file, name) == [p for n, p in CHUNKS if n == name]
    assert report.identical


# More than 4 GiB


def test_a_sparse_source_of_more_than_4_gib_is_planned_as_rf64(tmp_path: Path) -> None:
    """A real RF64 header over 4.5 GiB of silence that takes no room on the disk."""
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros((10, 2)), RATE, "PCM_24", format="RF64")
    header = bytearray(path.read_bytes()[: -10 * 6])
    size = 6 * (3 * 2**28)
    header[20:28] = (len(header) - 8 + size).to_bytes(8, "little")
    header[28:36] = size.to_bytes(8, "little")
    header[36:44] = (size // 6).to_bytes(8, "little")
    path.write_bytes(header)
    with path.open("r+b") as file:
        file.truncate(len(header) + size)
    assert size > RIFF_LIMIT
    with open_audio(path) as source:
        assert source.length == 3 * 2**28
        assert not source.read(source.length - 5, 5).any()
        assert ExportPlan("remix", tmp_path).targets(source) == [tmp_path / "long - remix.wav"]
        with pytest.raises(OutputError, match="more"):
            ExportPlan("remix", tmp_path, format="AIFF").targets(source)
        tail = ExportPlan("remix", tmp_path, region=(source.length - 4_000, source.length))
        report = run_export(tail, source, None, NEUTRAL, WATCH)
        assert report.identical
    assert soundfile.info(report.files[0]).format == "WAV"


def test_a_wav_past_the_limit_is_rf64_with_its_chunks_and_proved(
    tmp_path: Path, card: Card, cache: StemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remixer.audio.formats.RIFF_LIMIT", 10_000)
    song = with_chunks(tmp_path / "song.wav", [(b"bext", bext()), (b"cue ", CHUNKS[2][1])])
    with opened(song, card, cache) as (source, stems):
        report = run_export(ExportPlan("remix", tmp_path), source, stems, RAISE, WATCH)
        same = ExportPlan("remix", tmp_path, naming="same")
        assert run_export(same, source, None, NEUTRAL, WATCH).identical
        stem_files = run_export(ExportPlan("stems", tmp_path), source, stems, RAISE, WATCH)
    assert "0 differing samples" in report.proof
    assert stem_files.identical
    for file in (report.files[0], tmp_path / "same.wav", *stem_files.files):
        assert file.read_bytes()[:4] == b"RF64"
        assert len(only(file, b"bext")) == 1
    assert np.array_equal(read_ints(tmp_path / "same.wav"), read_ints(song))


def test_mono_at_another_rate(tmp_path: Path, card: Card, cache: StemCache) -> None:
    song = write(tmp_path / "song.flac", 0.8 * music(1, 9_000, 96_000), 96_000, "PCM_24", "FLAC")
    plan = ExportPlan("all", tmp_path, finish=Finish("on", -2.0), subtype="PCM_16", receipt=True)
    with opened(song, card, cache) as (source, stems):
        report = run_export(plan, source, stems, LOUD, WATCH)
    assert true_peak(report.files[0]) <= -2.0
    assert len(report.files) == 9
