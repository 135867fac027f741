"""Scores, MIDI, composing, singing, one-shots, effects; songs where FluidSynth is installed."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from remixer.errors import InputError, OutputError
from remixer.training.generator import effects, oneshots, voice
from remixer.training.generator.compose import compose
from remixer.training.generator.generate import Order, find_palette, generate
from remixer.training.generator.midi import read_midi, write_midi
from remixer.training.generator.render import RATE, find_fonts, render
from remixer.training.generator.score import (
    Control,
    Note,
    Part,
    busiest,
    excerpt,
    length,
    melody,
    stem_of,
    stretch,
    transpose,
)
from remixer.training.generator.song import CEILING, Palette, make_song


def scale(stem: str, programme: int = 0, start: float = 0.0, low: int = 60) -> Part:
    """Eight notes, half a second each."""
    notes = tuple(Note(start + 0.5 * i, 0.45, low + i, 90) for i in range(8))
    return Part(stem, programme, notes)


# ---- scores


def test_general_midi_belongs_to_stems() -> None:
    assert stem_of(9, 0) == "drums"
    assert {stem_of(0, p) for p in range(32, 40)} == {"bass"}
    assert stem_of(3, 118) == "drums"
    assert stem_of(3, 0) == "other"
    assert stem_of(3, 125) is None


def test_an_excerpt_begins_at_zero_and_is_cut_at_its_end() -> None:
    part = Part(
        "bass", 33, (Note(0, 1, 40, 90), Note(2, 5, 41, 90)), (Control(0.5, b"\xb0\x07\x40"),)
    )
    (cut,) = excerpt((part,), 1.5, 2.0)
    assert cut.notes == (Note(0.5, 1.5, 41, 90),)
    assert cut.controls == (Control(0.0, b"\xb0\x07\x40"),)
    assert excerpt((part,), 8.0, 2.0) == ()


def test_drums_are_not_transposed_and_pitches_stay_in_range() -> None:
    drums, high = scale("drums", low=36), scale("other", low=119)
    moved = transpose((drums, high), 5)
    assert moved[0] == drums
    assert {n.pitch % 12 for n in moved[1].notes} == {(n.pitch + 5) % 12 for n in high.notes}
    assert all(0 <= n.pitch <= 127 for n in moved[1].notes)


def test_stretching_stretches_starts_and_lengths() -> None:
    (slow,) = stretch((scale("bass"),), 2.0)
    assert (slow.notes[3].start, slow.notes[3].length) == (3.0, 0.9)


def test_the_busiest_excerpt_has_bass_and_drums() -> None:
    score = (scale("other"), scale("bass", 33, start=10), scale("drums", start=10))
    assert busiest(score, [0.0, 4.0, 10.0, 12.0], 4.0) == 10.0


def test_the_tune_is_the_part_that_sings() -> None:
    tune = scale("other", 73, low=67)
    chords = Part(
        "other", 0, tuple(Note(float(i), 2.0, 60 + k, 80) for i in range(8) for k in (0, 4))
    )
    assert melody((chords, tune)) == tune
    assert melody((chords,)) is None


# ---- MIDI files


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    score = (
        Part("bass", 33, scale("bass").notes, (Control(0.25, bytes([0xB0, 7, 100])),)),
        Part("drums", 0, scale("drums", low=36).notes),
        Part("other", 48, scale("other").notes),
    )
    write_midi(tmp_path / "a.mid", score, 6.0)
    again = {part.stem: part for part in read_midi(tmp_path / "a.mid")}
    assert set(again) == {"bass", "drums", "other"}
    for part in score:
        found = again[part.stem]
        assert found.programme == part.programme
        assert [(n.pitch, n.velocity) for n in found.notes] == [
            (n.pitch, n.velocity) for n in part.notes
        ]
        for a, b in zip(found.notes, part.notes, strict=True):
            assert a.start == pytest.approx(b.start, abs=2e-4)
            assert a.length == pytest.approx(b.length, abs=2e-4)
    assert [c.data[1:] for c in again["bass"].controls] == [b"\x07\x64"]


def test_tempo_running_status_and_programmes_by_hand(tmp_path: Path) -> None:
    """Two beats at 120, then at 60 a minute; the second note by running status; programme 52 is a
    choir and becomes strings.
    """
    track = b"\x00\xc0\x34" + b"\x00\x90\x3c\x40" + b"\x60\x3c\x00"  # one beat of 96 ticks
    track += b"\x60\xff\x51\x03\x0f\x42\x40" + b"\x00\x90\x3e\x40" + b"\x60\x80\x3e\x00"
    track += b"\x00\xff\x2f\x00"
    head = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60"
    path = tmp_path / "a.mid"
    path.write_bytes(head + b"MTrk" + len(track).to_bytes(4, "big") + track)
    (part,) = read_midi(path)
    assert part.programme == 48
    assert [(n.start, n.length, n.pitch) for n in part.notes] == [(0, 0.5, 60), (1.0, 1.0, 62)]


@pytest.mark.parametrize("keep", [0, 3, 13, 20, 60, -1])
def test_a_file_that_is_cut_is_named(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "a.mid"
    write_midi(path, (scale("bass", 33),), 5.0)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.mid is no whole MIDI file"):
        read_midi(path)


# ---- composing


@pytest.mark.parametrize("seed", range(6))
def test_a_composed_song_fills_its_time_in_playable_ranges(seed: int) -> None:
    score = compose(np.random.default_rng(seed), 20.0)
    stems = {part.stem for part in score}
    assert stems == {"bass", "drums", "other", "vocals"}
    assert 18 < length(score) <= 20
    for part in score:
        assert list(part.notes) == sorted(part.notes, key=lambda n: (n.start, n.pitch))
        assert all(n.length > 0 and 20 <= n.velocity <= 127 for n in part.notes)
    bass = [n.pitch for p in score if p.stem == "bass" for n in p.notes]
    assert min(bass) >= 28
    assert max(bass) <= 50
    tune = next(p for p in score if p.stem == "vocals").notes
    assert all(a.start < b.start for a, b in pairwise(tune))  # one at a time


def test_a_seed_gives_one_song_and_another_seed_another() -> None:
    one, same, other = (compose(np.random.default_rng(s), 12.0) for s in (3, 3, 4))
    assert one == same != other


# ---- singing


def spectrum(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs(np.fft.rfft(samples * np.hanning(samples.size)))


def test_a_note_is_sung_at_its_pitch() -> None:
    rng = np.random.default_rng(1)
    singer = voice.Singer(1.0, 48, vibrato=0.0, vibrato_hz=5, slope=1.2, breath=0.01)
    sung = voice.sing(rng, singer, [Note(0.2, 1.5, 57, 100)], 2.0)
    assert sung.shape == (2, 2 * RATE)
    assert np.array_equal(sung[0], sung[1])
    steady = sung[0, RATE // 2 : RATE // 2 + 2**15]
    found = oneshots.measured_pitch(steady)
    assert found == pytest.approx(57, abs=0.4)
    assert np.abs(sung[0, int(1.9 * RATE) :]).max() < 1e-3


def test_high_notes_come_down_by_octaves() -> None:
    singer = voice.Singer(1.0, 48, vibrato=0.0, vibrato_hz=5, slope=1.2, breath=0.0)
    sung = voice.sing(np.random.default_rng(2), singer, [Note(0.0, 1.5, 57 + 36, 100)], 1.5)
    found = oneshots.measured_pitch(sung[0, RATE // 3 : RATE // 3 + 2**15])
    assert found == pytest.approx(57, abs=0.4)


# ---- one-shots


@pytest.mark.parametrize(
    ("name", "pitch"),
    [
        ("gb2_f_rr1.opus", 42),
        ("as_045_a2_1115.opus", 45),
        ("C4.wav", 60),
        ("cs-1.wav", 1),
        ("bass_hit_c.wav", None),
        ("kick2.wav", None),
    ],
)
def test_pitches_in_names(name: str, pitch: int | None) -> None:
    assert oneshots.named_pitch(Path(name)) == pitch


@pytest.mark.parametrize("pitch", [28, 33, 40, 47, 60])
def test_pitches_are_measured(pitch: int) -> None:
    time = np.arange(RATE) / RATE
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    note = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 12))
    assert oneshots.measured_pitch(np.asarray(note)) == pytest.approx(pitch, abs=0.15)


def test_noise_and_silence_have_no_pitch() -> None:
    assert oneshots.measured_pitch(np.random.default_rng(1).normal(0, 1, RATE)) is None
    assert oneshots.measured_pitch(np.zeros(RATE)) is None
    assert oneshots.measured_pitch(np.zeros(10)) is None


def test_shots_are_played_at_the_pitch_of_the_note(tmp_path: Path) -> None:
    time = np.arange(2 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 110 * k * time) / k for k in range(1, 8))
    (tmp_path / "set").mkdir()
    soundfile.write(tmp_path / "set" / "a2.wav", 0.3 * np.asarray(tone), RATE)
    soundfile.write(tmp_path / "set" / "a2_staccato.wav", np.zeros(900), RATE)
    ((name, files),) = oneshots.find_shots(tmp_path).items()
    assert (name, [f.name for f in files]) == ("set", ["a2.wav"])
    shots = oneshots.pitched(files)
    assert shots[0].pitch == pytest.approx(45, abs=0.05)
    played = oneshots.play(np.random.default_rng(1), shots, [Note(0.5, 1.0, 40, 100)], 2.0)
    assert not played[:, : RATE // 2 - 1].any()
    assert oneshots.measured_pitch(played[0, RATE // 2 :]) == pytest.approx(40, abs=0.1)
    assert np.abs(played[:, int(1.6 * RATE) :]).max() == 0


def kit(folder: Path) -> Path:
    folder.mkdir()
    layers = ""
    for name, level, top in (("kick soft", 0.2, 0.5), ("kick hard", 0.8, 1.0), ("snare", 0.5, 1.0)):
        soundfile.write(folder / f"{name}.wav", level * np.ones(400), RATE)
        layers += f"<layer><filename>{name}.wav</filename><max>{top}</max></layer>|"
    soft, hard, snare, _ = layers.split("|")
    instruments = (("Kick 1", soft + hard), ("Snare Rock", snare), ("Zap", hard))
    text = "".join(f"<instrument><name>{n}</name>{x}</instrument>" for n, x in instruments)
    (folder / "drumkit.xml").write_text(f"<drumkit_info xmlns='x'>{text}</drumkit_info>")
    return folder


def test_drum_kits_are_played_by_name_and_velocity(tmp_path: Path) -> None:
    folder = kit(tmp_path / "kit")
    assert oneshots.find_kits(tmp_path) == (folder,)
    assert set(oneshots.read_kit(folder)) == {35, 36, 38, 40}
    notes = [Note(0.1, 0.1, 36, 40), Note(0.3, 0.1, 36, 127), Note(0.5, 0.1, 99, 127)]
    played = oneshots.play_kit(folder, notes, 1.0)[0]
    loud = played[round(0.3 * RATE) + 100]
    soft = played[round(0.1 * RATE) + 100]
    assert loud == pytest.approx(0.8, abs=1e-3)
    assert soft == pytest.approx(0.2 * (40 / 127) ** 1.5, abs=1e-3)
    assert not played[round(0.5 * RATE) :].any()


def test_a_kit_without_a_snare_is_no_kit_and_a_broken_one_is_named(tmp_path: Path) -> None:
    folder = kit(tmp_path / "kit")
    (folder / "snare.wav").unlink()
    assert oneshots.find_kits(tmp_path) == ()
    (folder / "drumkit.xml").write_text("<drumkit")
    with pytest.raises(InputError, match=r"drumkit\.xml is no drum kit"):
        oneshots.read_kit(folder)


# ---- effects


@pytest.mark.parametrize("seed", range(5))
def test_effects_keep_the_length_and_silence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain = effects.draw_chain(rng, "drums")
    sound = rng.normal(0, 0.1, (2, RATE))
    assert effects.apply(sound, chain).shape == sound.shape
    assert np.isfinite(effects.apply(sound, chain)).all()
    assert not effects.apply(np.zeros((2, RATE)), chain).any()


def test_the_active_level_does_not_count_rests() -> None:
    sound = np.zeros((2, 4 * RATE))
    sound[:, :RATE] = 0.5
    assert effects.active_level(sound) == pytest.approx(0.5)
    assert effects.active_level(np.zeros((2, 10))) == 0.0


# ---- songs


def test_parts_are_rendered_at_their_pitch(fonts: tuple[Path, ...]) -> None:
    part = Part("bass", 38, (Note(0.2, 1.5, 40, 110),))
    sound = render([part], 2.0, fonts[0])
    assert sound.shape == (2, 2 * RATE)
    found = oneshots.measured_pitch(sound.mean(axis=0)[RATE // 2 :])
    assert found == pytest.approx(40, abs=0.3)
    assert not render([], 1.0, fonts[0]).any()


def test_a_song_depends_on_seed_and_number_only(fonts: tuple[Path, ...]) -> None:
    palette = Palette(fonts)
    one, same, other = (make_song(palette, 5, number, 6.0) for number in (2, 2, 3))
    assert one.facts == same.facts
    for stem, samples in one.stems.items():
        np.testing.assert_array_equal(samples, same.stems[stem])
    assert one.facts != other.facts
    assert {"bass", "drums", "other"} <= set(one.stems)
    assert np.abs(sum(one.stems.values())).max() <= CEILING + 1e-9


def test_a_song_from_midi_and_recordings(fonts: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "midi").mkdir()
    (tmp_path / "vocals").mkdir()
    score = (scale("bass", 33, low=36), scale("drums", low=36), scale("other", 0))
    write_midi(tmp_path / "midi" / "a.mid", score, 5.0)
    soundfile.write(tmp_path / "vocals" / "clip.wav", np.full(RATE, 0.25), RATE)
    palette = find_palette(
        tmp_path / "midi", tmp_path / "vocals", kits=kit(tmp_path / "kits").parent, fonts=fonts
    )
    facts = [make_song(palette, 1, number, 3.0).facts for number in range(6)]
    assert {f["midi"] for f in facts} == {"a.mid"}
    assert any(f.get("vocals") == {"clip": "clip.wav"} for f in facts)
    assert any(f["drums"] == {"kit": "kits"} for f in facts)


def test_a_folder_of_songs_goes_on_and_holds_one_kind(
    fonts: tuple[Path, ...], tmp_path: Path
) -> None:
    palette, out = Palette(fonts), tmp_path / "out"
    list(generate(palette, Order(1, 9, 4.0), out, 1))
    before = {p.name: p.read_bytes() for p in (out / "song0001").iterdir()}
    made = dict(generate(palette, Order(2, 9, 4.0), out, 1))
    assert made == {"song0001": False, "song0002": True}
    assert {p.name: p.read_bytes() for p in (out / "song0001").iterdir()} == before
    shutil.rmtree(out / "song0001")
    list(generate(palette, Order(2, 9, 4.0), out, 1))
    assert {p.name: p.read_bytes() for p in (out / "song0001").iterdir()} == before
    with pytest.raises(OutputError, match="another seed"):
        list(generate(palette, Order(2, 10, 4.0), out, 1))
    assert sorted(p.name for p in out.iterdir()) == ["generator.json", "song0001", "song0002"]
    info = soundfile.info(out / "song0002" / "bass.flac")
    assert (info.samplerate, info.frames, info.subtype) == (RATE, 4 * RATE, "PCM_16")
    assert json.loads((out / "song0002" / "song.json").read_text())["number"] == 2


def test_without_fluidsynth_the_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    font = tmp_path / "some.sf2"
    font.touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="apt-get install fluidsynth fluid-soundfont-gm"):
        find_fonts([font])


def test_a_sound_font_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no sound font .*none\.sf2"):
        find_fonts([tmp_path / "none.sf2"])


@pytest.mark.parametrize("what", ["midi", "vocals", "samples", "kits"])
def test_folders_that_hold_nothing_are_named(
    fonts: tuple[Path, ...], tmp_path: Path, what: str
) -> None:
    with pytest.raises(InputError, match="holds no"):
        find_palette(**{what: tmp_path}, fonts=fonts)  # type: ignore[arg-type]


def test_what_a_manifest_holds_out_is_not_used(fonts: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "midi").mkdir()
    for name in ("a", "b"):
        (tmp_path / "midi" / f"{name}.mid").touch()
    (tmp_path / "manifest.csv").write_text("path,split\nmidi/a.mid,train\nmidi/b.mid,valid\n")
    assert [p.name for p in find_palette(tmp_path / "midi", fonts=fonts).midi] == ["a.mid"]
