"""Arrangements by MMA and spoken lines, where they are installed; and songs made with them."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.errors import InputError
from remixer.training.generator import effects, speech
from remixer.training.generator.arrange import Style, arrange, chord_names, find_styles
from remixer.training.generator.compose import MAJOR, MINOR, Plan
from remixer.training.generator.generate import Order, find_palette, generate
from remixer.training.generator.render import RATE
from remixer.training.generator.score import length
from remixer.training.generator.song import Palette, make_song


@pytest.fixture(scope="module")
def styles() -> tuple[Style, ...]:
    try:
        return find_styles()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def speaker() -> None:
    try:
        speech.check_speaker()
    except InputError as error:
        pytest.skip(str(error))


# ---- MMA


@pytest.mark.parametrize(
    ("scale", "triads", "sevenths"),
    [
        (MAJOR, "A Bm Dbm D E F#m Abdim", "AM7 Bm7 Dbm7 DM7 E7 F#m7 Abm7b5"),
        (MINOR, "Am Bdim C Dm Em F G", "Am7 Bm7b5 CM7 Dm7 Em7 FM7 G7"),
    ],
)
def test_chords_of_a_key_have_their_names(
    scale: tuple[int, ...], triads: str, sevenths: str
) -> None:
    plan = Plan(bar=2.0, key=57, scale=scale, swing=0.0)
    assert chord_names(plan, range(7), seventh=False) == triads.split()
    assert chord_names(plan, range(7), seventh=True) == sevenths.split()


def test_styles_are_of_four_beats_without_introductions(styles: tuple[Style, ...]) -> None:
    names = {style.name for style in styles}
    assert len(names) > 50
    assert "stdlib/bossanova" in names
    assert not {"stdlib/waltz", "stdlib/metronome", "zoom/ending"} & names
    bossa = next(style for style in styles if style.name == "stdlib/bossanova")
    assert "BossaNova" in bossa.grooves
    assert not [g for g in bossa.grooves if "Intro" in g or "End" in g or "Fill" in g]


@pytest.mark.parametrize("name", ["stdlib/bossanova", "stdlib/rockballad", "casio/shuffleboogie"])
def test_an_arrangement_fills_its_time_and_follows_the_seed(
    styles: tuple[Style, ...], name: str
) -> None:
    chosen = [style for style in styles if style.name == name]
    one, same, other = (arrange(np.random.default_rng(s), chosen, 14.0) for s in (3, 3, 4))
    assert one == same
    assert one != other
    score, facts = one
    assert {part.stem for part in score} == {"bass", "drums", "other", "vocals"}
    assert 12 < length(score) <= 14
    assert facts["style"] == name
    assert set(facts["grooves"]) <= {*chosen[0].grooves, *chosen[0].fills}
    bass = [n.pitch for p in score if p.stem == "bass" for n in p.notes]
    assert np.median(bass) < 52


def test_chords_sound_in_their_key(styles: tuple[Style, ...]) -> None:
    """The notes of bass and accompaniment are nearly all of the scale that was drawn."""
    chosen = [style for style in styles if style.name == "stdlib/folk"]
    score, facts = arrange(np.random.default_rng(8), chosen, 14.0)
    roots = {"C": 0, "Db": 1, "D": 2, "Eb": 3, "E": 4, "F": 5, "F#": 6, "G": 7, "Ab": 8, "A": 9}
    roots |= {"Bb": 10, "B": 11}
    tones = set()
    for chord in facts["chords"]:
        name = chord[:2] if chord[1:2] in ("b", "#") else chord[:1]
        minor = chord[len(name) :][:1] == "m" or "dim" in chord
        fifth = 6 if "dim" in chord or "b5" in chord else 7
        tones |= {(roots[name] + step) % 12 for step in (0, 3 if minor else 4, fifth)}
    played = [n.pitch % 12 for p in score if p.stem in ("bass", "other") for n in p.notes]
    assert np.mean([pitch in tones for pitch in played]) > 0.9


def test_without_mma_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="apt-get install mma"):
        find_styles()
    with pytest.raises(InputError, match="apt-get install espeak-ng"):
        speech.check_speaker()


# ---- speech


@pytest.mark.usefixtures("speaker")
def test_spoken_lines_follow_the_seed_and_are_named() -> None:
    (one, said), (same, also), (other, _) = (
        speech.speak(np.random.default_rng(seed), (), 6.0) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one, same)
    assert said == also
    assert not np.array_equal(one, other)
    assert one.shape == (2, 6 * RATE)
    assert np.array_equal(one[0], one[1])
    assert effects.active_level(one) > 0.01
    assert set(" ".join(said["lines"]).rstrip(".!?").split()[:3]) <= set(speech.WORDS)
    assert said["voice"].partition("+")[0] in speech.VOICES


@pytest.mark.usefixtures("speaker")
@pytest.mark.parametrize("voice", speech.VOICES)
def test_every_voice_is_there(voice: str) -> None:
    assert np.abs(speech.say("river house", f"{voice}+f2", 50, 180)).max() > 0.05


def test_recordings_follow_each_other_at_one_level_with_rests(tmp_path: Path) -> None:
    clips = []
    for number, level in enumerate((0.5, 0.02, 0.0)):
        clips.append(tmp_path / f"{number}.wav")
        time = np.arange(22_050) / 22_050
        soundfile.write(clips[-1], level * np.sin(2 * np.pi * 300 * time), 22_050)
    spoken, facts = speech.speak(np.random.default_rng(1), clips, 8.0)
    assert "2.wav" not in facts["clips"]  # silence says nothing
    assert set(facts["clips"]) == {"0.wav", "1.wav"}
    envelope = np.abs(spoken[0]).reshape(-1, RATE // 20).max(axis=1)
    heard = envelope > 0.01
    assert 0.3 < heard.mean() < 0.95
    assert speech.speak(np.random.default_rng(1), clips[2:], 2.0)[1] == {"clips": []}
    assert envelope[heard].max() == pytest.approx(speech.LEVEL * 2**0.5, rel=0.05)


# ---- songs


@pytest.mark.usefixtures("speaker")
def test_a_folder_of_arranged_songs_with_speech(
    styles: tuple[Style, ...], fonts: tuple[Path, ...], tmp_path: Path
) -> None:
    palette = find_palette(fonts=fonts, arranged=1.0, spoken=1.0)
    assert palette.styles == styles
    list(generate(palette, Order(2, 4, 5.0), tmp_path / "one", 1))
    list(generate(palette, Order(1, 4, 5.0), tmp_path / "two", 1))
    for path in (tmp_path / "two" / "song0001").iterdir():
        assert path.read_bytes() == (tmp_path / "one" / "song0001" / path.name).read_bytes()
    facts = [json.loads(p.read_text()) for p in sorted((tmp_path / "one").glob("*/song.json"))]
    assert all("style" in f["mma"] for f in facts)
    assert any("spoken" in f.get("vocals", {}) for f in facts)
    settings = json.loads((tmp_path / "one" / "generator.json").read_text())
    assert (settings["mma"], settings["spoken"]) == (1.0, 1.0)


def test_what_is_not_asked_for_changes_no_song(
    styles: tuple[Style, ...], fonts: tuple[Path, ...], tmp_path: Path
) -> None:
    plain = make_song(Palette(fonts), 2, 1, 4.0)
    clip = (tmp_path / "clip.wav",)
    same = make_song(Palette(fonts, styles=styles, speech=clip), 2, 1, 4.0)
    assert same.facts == plain.facts
    for stem, samples in plain.stems.items():
        np.testing.assert_array_equal(same.stems[stem], samples)


def test_a_folder_without_speech_is_named(fonts: tuple[Path, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no recordings of speech"):
        find_palette(fonts=fonts, spoken=0.2, speech=tmp_path)
