"""Export plans: whole songs and regions, names, proofs, and what is refused."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.audio.reader import AudioReader, open_audio
from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import STEMS
from remixer.errors import CacheError, Cancelled, OutputError, SettingError
from remixer.mixing.stems import StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card
from remixer.separation.store import Layout, StemStore
from remixer.session.export import export_stems
from remixer.session.exporting import ExportPlan, ExportReport, run_export
from remixer.session.jobs import Watch
from remixer.session.naming import file_name
from remixer.session.separation import separated
from tests.support import (
    BITS,
    EXTENSIONS,
    RAISED,
    music,
    read_floats,
    read_ints,
    small_disk,
    tree,
    write,
)

RATE, LENGTH = 44_100, 9_001
REGION = (1_234, 6_789)
WATCH = Watch()
NEUTRAL = MixState()
RAISE = NEUTRAL.with_strip("vocals", gain_db=1.5)
KINDS = [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("FLAC", "PCM_24"), ("WAV", "FLOAT")]
KINDS += [("AIFF", "PCM_16"), ("M4A", "ALAC_16"), ("WAV", "DOUBLE")]


def song_of(folder: Path, format: str, subtype: str, loud: float = 0.7) -> Path:
    path = folder / f"song{EXTENSIONS.get(format, '.wav')}"
    return write(path, loud * music(2, LENGTH, RATE), RATE, subtype, format)


@contextmanager
def opened(path: Path, card: Card, cache: StemCache) -> Iterator[tuple[AudioReader, StemSet]]:
    with open_audio(path) as source, separated(source, card, cache=cache) as stems:
        yield source, stems


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return song_of(tmp_path, "WAV", "PCM_16")


def samples_of(path: Path, subtype: str) -> np.ndarray:
    return read_ints(path) if subtype in BITS else read_floats(path)


def part(samples: np.ndarray, region: tuple[int, int] | None) -> np.ndarray:
    return samples if region is None else samples[slice(*region)]


@pytest.mark.parametrize("region", [None, REGION, (0, 1), (LENGTH - 1, LENGTH)])
@pytest.mark.parametrize(("format", "subtype"), KINDS)
def test_stems_of_a_part_add_up_to_that_part(
    format: str,
    subtype: str,
    region: tuple[int, int] | None,
    tmp_path: Path,
    card: Card,
    cache: StemCache,
) -> None:
    song = song_of(tmp_path, format, subtype)
    out = tmp_path / "out"
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("stems", out, region=region)
        report = run_export(plan, source, stems, RAISE, WATCH)
        assert list(report.files) == [out / f"song - {stem}{song.suffix}" for stem in STEMS]
        separate = [stems.reader(stem).read(0, LENGTH).T for stem in STEMS]
    original = part(samples_of(song, subtype), region)
    parts = [samples_of(file, subtype) for file in report.files]
    if subtype in BITS:
        assert np.array_equal(sum(parts), original)
        assert report.identical
        assert "0 differing samples" in report.proof
    else:
        limit = 10 ** ((-140 if subtype == "FLOAT" else -300) / 20)
        assert np.abs(sum(parts) - original).max() <= limit
    for file, whole in zip(report.files, separate, strict=True):
        error = np.abs(read_floats_of(file) - part(whole, region)).max()
        assert error <= 2.0**-24
    where = "" if region is None else " from 0:00."
    assert f"song{song.suffix}{where}" in report.proof


def read_floats_of(path: Path) -> np.ndarray:
    return read_ints(path) / 2.0**31 if path.suffix == ".m4a" else read_floats(path)


@pytest.mark.parametrize("region", [None, REGION])
@pytest.mark.parametrize(("format", "subtype"), KINDS)
def test_a_neutral_remix_is_that_part(
    format: str, subtype: str, region: tuple[int, int] | None, tmp_path: Path
) -> None:
    song = song_of(tmp_path, format, subtype)
    with open_audio(song) as source:
        plan = ExportPlan("remix", tmp_path / "out", region=region)
        report = run_export(plan, source, None, NEUTRAL, WATCH)
    assert report.identical
    assert report.proof.startswith("read back: identical to song.")
    assert report.clipped == 0
    expected = part(samples_of(song, subtype), region)
    assert np.array_equal(samples_of(report.files[0], subtype), expected)


@pytest.mark.parametrize("region", [None, REGION])
def test_a_move_in_a_part(
    region: tuple[int, int] | None, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    progress: list[tuple[float, float]] = []
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("remix", tmp_path, subtype="FLOAT", region=region)
        watch = Watch(writing=lambda done_s, total_s: progress.append((done_s, total_s)))
        report = run_export(plan, source, stems, RAISE, watch)
        mix, parts = stems.read(0, LENGTH)
    expected = part((mix + RAISED * parts[0]).T, region)
    assert report.files == (tmp_path / "song - remix.wav",)
    assert np.abs(read_floats(report.files[0]) - expected).max() < 1e-7
    assert not report.identical
    assert report.proof == (
        "read back: the file holds exactly what was rendered, 0 differing samples"
    )
    assert report.peak_dbfs == pytest.approx(20 * np.log10(np.abs(expected).max()))
    assert progress[-1] == (len(expected) / RATE,) * 2


@pytest.mark.parametrize("stem", STEMS)
def test_minus_one_is_the_song_without_a_stem_and_without_moves(
    stem: str, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("minus-one", tmp_path, without=stem, region=REGION)
        report = run_export(plan, source, stems, RAISE, WATCH)
        mix, parts = stems.read(0, LENGTH)
    assert report.files == (tmp_path / f"song - minus {stem}.wav",)
    expected = to_grid(mix - parts[STEMS.index(stem)], source.grid).T[slice(*REGION)]
    assert np.array_equal(read_floats(report.files[0]), expected)


@pytest.mark.parametrize(
    ("format", "extension"),
    [("flac", ".flac"), ("AIFF", ".aiff"), ("ogg", ".ogg"), ("mp3", ".mp3"), ("M4A", ".m4a")],
)
def test_formats(
    format: str, extension: str, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("remix", tmp_path / "out", format=format, region=REGION)
        assert plan.targets(source) == [tmp_path / "out" / f"song - remix{extension}"]
        report = run_export(plan, source, stems, RAISE, WATCH)
    assert report.files == (tmp_path / "out" / f"song - remix{extension}",)
    assert ("is lossy" in report.proof) == (extension in (".ogg", ".mp3"))
    with open_audio(report.files[0]) as written:
        assert abs(written.length - (REGION[1] - REGION[0])) < 3_000


def test_opus_at_its_rates(tmp_path: Path) -> None:
    song = write(tmp_path / "song.wav", 0.5 * music(1, 9_600, 48_000), 48_000, "PCM_16")
    with open_audio(song) as source:
        plan = ExportPlan("remix", tmp_path, format="opus")
        report = run_export(plan, source, None, NEUTRAL, WATCH)
    assert report.files[0].suffix == ".opus"
    assert not report.identical


@pytest.mark.parametrize(("format", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
def test_a_lossy_song(
    format: str, subtype: str, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    song = song_of(tmp_path, format, subtype)
    with opened(song, card, cache) as (source, stems):
        whole = ExportPlan("remix", tmp_path / "out")
        copy = run_export(whole, source, None, NEUTRAL, WATCH)
        assert copy.files[0].read_bytes() == song.read_bytes()
        assert copy.identical
        assert "a copy of song" in copy.proof
        assert whole.targets(source, RAISE) == [tmp_path / "out" / "song - remix.wav"]
        moved = run_export(whole, source, stems, RAISE, WATCH)
        assert moved.files[0].suffix == ".wav"
        cut = ExportPlan("remix", tmp_path / "cut", region=REGION)
        piece = run_export(cut, source, None, NEUTRAL, WATCH)
        assert piece.identical
        expected = source.read(REGION[0], REGION[1] - REGION[0]).T
    assert np.array_equal(read_floats(piece.files[0]), expected)


def test_what_passes_full_scale_is_said(tmp_path: Path, card: Card, cache: StemCache) -> None:
    song = song_of(tmp_path, "WAV", "PCM_16", loud=1.1)
    with opened(song, card, cache) as (source, stems):
        report = run_export(
            ExportPlan("remix", tmp_path),
            source,
            stems,
            NEUTRAL.with_strip("vocals", gain_db=12),
            WATCH,
        )
    assert report.clipped > 0
    assert report.peak_dbfs is not None
    assert report.peak_dbfs > 0
    assert "write 32-bit float" in report.notes[0]


def test_files_that_exist_and_the_source(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan("stems", tmp_path)
        run_export(plan, source, stems, NEUTRAL, WATCH)
        before = tree(tmp_path)
        for what in (plan, ExportPlan("minus-one", tmp_path, naming="{name} - vocals")):
            with pytest.raises(OutputError, match="exists"):
                run_export(what, source, stems, NEUTRAL, WATCH)
            with pytest.raises(OutputError, match="exists"):
                what.targets(source)
        over = ExportPlan("remix", tmp_path, naming="{name}", overwrite=True)
        with pytest.raises(OutputError, match="source itself"):
            run_export(over, source, None, NEUTRAL, WATCH)
        assert tree(tmp_path) == before
        again = ExportPlan("stems", tmp_path, overwrite=True, region=REGION)
        assert run_export(again, source, stems, NEUTRAL, WATCH).identical
    assert len(read_ints(tmp_path / "song - bass.wav")) == REGION[1] - REGION[0]


@pytest.mark.parametrize(
    "plan",
    [
        ExportPlan("everything", Path()),
        ExportPlan("remix", Path(), format="exe"),
        ExportPlan("stems", Path(), format="mp3"),
        ExportPlan("minus-one", Path(), without="guitar"),
        ExportPlan("remix", Path(), region=(5, 5)),
        ExportPlan("remix", Path(), region=(-1, 5)),
        ExportPlan("remix", Path(), region=(0, LENGTH + 1)),
        ExportPlan("stems", Path(), naming="{name}"),
        ExportPlan("remix", Path(), naming="../{name}"),
        ExportPlan("remix", Path(), naming="{name} - {model}"),
    ],
)
def test_plans_that_make_no_sense(plan: ExportPlan, song: Path) -> None:
    with open_audio(song) as source:
        with pytest.raises(SettingError):
            plan.targets(source)
        with pytest.raises(SettingError):
            run_export(plan, source, None, NEUTRAL, WATCH)


def test_what_a_format_cannot_hold(tmp_path: Path) -> None:
    song = song_of(tmp_path, "WAV", "FLOAT")
    with open_audio(song) as source, pytest.raises(OutputError, match="FLAC cannot hold FLOAT"):
        ExportPlan("stems", tmp_path, format="FLAC").targets(source)


def test_nothing_is_exported_of_what_is_not_separated(song: Path, tmp_path: Path) -> None:
    with open_audio(song) as source:
        layout = Layout(RATE, 2, LENGTH, 16, chunk=1_000, fade=10)
        with StemStore.create(tmp_path / "store", layout, {}) as store:
            stems = StemSet(source, store)
            for chunk in (2, 3, 4):
                start, stop = layout.span(chunk)
                estimates = np.full((3, 2, stop - start), 0.1, np.float32)
                store.put(chunk, estimates, lambda e: to_grid(e, source.grid))

            def export(region: tuple[int, int] | None) -> ExportReport:
                plan = ExportPlan("stems", tmp_path / "out", region=region, overwrite=True)
                return run_export(plan, source, stems, NEUTRAL, WATCH)

            assert export((2_010, 4_990)).identical
            for region in (None, (2_009, 4_990), (2_010, 4_991), (0, 10), (6_000, 6_010)):
                with pytest.raises(CacheError, match="not separated yet"):
                    export(region)
        for what in ("stems", "minus-one"):
            with pytest.raises(CacheError, match="not separated yet"):
                run_export(ExportPlan(what, tmp_path / "no"), source, None, NEUTRAL, WATCH)
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("what", ["remix", "stems", "minus-one"])
def test_a_cancelled_export_leaves_nothing(
    what: str, song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan(what, tmp_path / "new" / "out")
        with pytest.raises(Cancelled):
            run_export(plan, source, stems, RAISE, Watch(cancelled=lambda: True))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("count", range(1, 5))
def test_ctrl_c_behind_any_rename_leaves_no_stem(
    song: Path, out: Path, card: Card, cache: StemCache, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    commit, done = AudioWriter.commit, []

    def interrupted(writer: AudioWriter) -> None:
        commit(writer)
        done.append(writer.path)
        if len(done) == count:
            raise KeyboardInterrupt

    monkeypatch.setattr(AudioWriter, "commit", interrupted)
    (out / "song - bass.txt").write_text("not ours")
    with opened(song, card, cache) as (source, stems), pytest.raises(KeyboardInterrupt):
        export_stems(stems, source, out)
    assert list(tree(out)) == ["song - bass.txt"]


def test_a_file_that_came_to_exist_meanwhile_stays(
    song: Path, out: Path, card: Card, cache: StemCache
) -> None:
    def somebody_else(done_s: float, total_s: float) -> None:
        if done_s == total_s:
            (out / "song - drums.wav").write_text("theirs")

    with opened(song, card, cache) as (source, stems), pytest.raises(OutputError, match="exists"):
        export_stems(stems, source, out, on_progress=somebody_else)
    assert tree(out) == {"song - drums.wav": b"theirs"}


def test_a_full_disk_leaves_nothing(
    song: Path, tmp_path: Path, card: Card, cache: StemCache
) -> None:
    with (
        opened(song, card, cache) as (source, stems),
        small_disk(tmp_path / "disk", "size=64k") as folder,
    ):
        for what in ("remix", "stems", "minus-one"):
            plan = ExportPlan(what, folder / "out", subtype="DOUBLE")
            with pytest.raises(OutputError, match=r"full|room|space"):
                run_export(plan, source, stems, RAISE, WATCH)
        assert tree(folder) == {}


def test_names(song: Path, tmp_path: Path, card: Card, cache: StemCache) -> None:
    with opened(song, card, cache) as (source, stems):
        plan = ExportPlan(
            "stems", tmp_path / "out", naming="{part} {{{date}}} ({model}) {name}", model="cnn1"
        )
        report = run_export(plan, source, stems, NEUTRAL, WATCH)
    today = date.today().isoformat()
    assert report.files[0] == tmp_path / "out" / f"vocals {{{today}}} (cnn1) song.wav"
    assert all(file.is_file() for file in report.files)


VALUES = {"name": "a/b.c: d", "part": "vocals", "date": "2024-05-06"}


def test_a_song_keeps_its_name_whatever_is_in_it() -> None:
    assert file_name("{name} - {part}", VALUES) == "a_b.c: d - vocals"


REFUSED = ["", "  ", ".", "..", "/{name}", "a/{name}", "..\\{name}", "{name}\0", "{name}\n"]
REFUSED += [".{part}", "{}", "{0}", "{name", "name}", "{name.x}", "{name[0]}", "{name!r}"]
REFUSED += ["{name:>9}", "{Name}", "{song}", "{model}", "{__class__}", "{part:{name}}"]
REFUSED += ["CON", "com1.{part}", "nul .x", "a:{part}", "{part}?", "\ud800", "{{name}}/"]


@pytest.mark.parametrize("template", REFUSED)
def test_templates_that_are_refused(template: str) -> None:
    with pytest.raises(SettingError):
        file_name(template, VALUES)


@given(st.text("{}name prt./\\:!0CON~-", max_size=12))
def test_a_template_never_leaves_its_folder(template: str) -> None:
    try:
        name = file_name(template, {"name": "song", "part": "bass"})
    except SettingError:
        return
    assert os.sep not in name
    assert name.strip(" .")
    assert Path("/folder", name + ".wav").parent == Path("/folder")
