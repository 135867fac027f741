"""One song of the generator: from a seed and a number to four stems."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from remixer.audio.reader import open_audio
from remixer.audio.resample import resample
from remixer.dsp.gain import db_to_gain
from remixer.dsp.signal import STEMS, Samples
from remixer.training.generator import effects, oneshots, score, speech, voice
from remixer.training.generator.arrange import Style, arrange
from remixer.training.generator.compose import compose
from remixer.training.generator.midi import read_midi
from remixer.training.generator.render import RATE, render
from remixer.training.generator.score import Note, Part, Score

CEILING = 0.95
"""The most that the sum of the stems peaks at."""
LEVEL_DB = {"vocals": -19.0, "bass": -21.0, "drums": -20.0, "other": -21.0}
"""Active RMS that stems are brought to, give or take `SPREAD_DB`."""
SPREAD_DB = 4.0
TRIES = 6
"""MIDI files looked at for one with bass, drums and other."""
INSTRUMENTAL = 0.1
"""Share of songs without a voice."""
KITS = (0, 8, 16, 24, 25, 32, 40)
"""General MIDI level 2's drum kits: standard, room, power, electronic, 808, jazz, brushes."""


@dataclass(frozen=True)
class Palette:
    """What songs are made from. midi: files, composed songs without; vocals: sung clips, a
    synthetic singer without; bass, other: sets of one-shots; kits: Hydrogen's drum kits; fonts:
    sound fonts, at least one. arranged: share of songs that MMA arranges in one of the styles;
    spoken: share of the voices that speak, by clips of speech, or espeak-ng without.
    """

    fonts: tuple[Path, ...]
    midi: tuple[Path, ...] = ()
    vocals: tuple[Path, ...] = ()
    bass: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    other: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    kits: tuple[Path, ...] = ()
    arranged: float = 0.0
    styles: tuple[Style, ...] = ()
    spoken: float = 0.0
    speech: tuple[Path, ...] = ()


@dataclass(frozen=True, eq=False)
class Made:
    """A song: the stems that sound, (2, samples) each at 44.1 kHz, and what they were made from."""

    stems: dict[str, Samples]
    facts: dict[str, Any]


def make_song(palette: Palette, seed: int, number: int, seconds: float) -> Made:
    """A song that depends on the palette, the seed, its number and its length, and on nothing else.

    Raises RemixerError when a source cannot be read, or FluidSynth fails.
    """
    rng = np.random.default_rng([seed, number])
    facts: dict[str, Any] = {"seed": seed, "number": number}
    parts = _varied(rng, _score(rng, palette, seconds, facts), facts)
    stems = {
        "bass": _bass(rng, palette, parts, seconds, facts),
        "drums": _drums(rng, palette, parts, seconds, facts),
        "other": _other(rng, palette, parts, seconds, facts),
        "vocals": _vocals(rng, palette, parts, seconds, facts),
    }
    return Made(_mixed(rng, stems, facts), facts)


def _score(rng: Generator, palette: Palette, seconds: float, facts: dict[str, Any]) -> Score:
    """An excerpt of a MIDI file, preferably one with bass and drums, or a song that is arranged or
    composed.
    """
    # What a palette lacks draws no number: songs of others do not change with it.
    if palette.arranged and rng.random() < palette.arranged:
        arranged, facts["mma"] = arrange(rng, palette.styles, seconds)
        return arranged
    if not palette.midi:
        facts["composed"] = True
        return compose(rng, seconds)
    parts: Score = ()
    for _ in range(TRIES):
        path = palette.midi[int(rng.integers(len(palette.midi)))]
        tempo = rng.uniform(0.87, 1.15)
        facts["midi"], facts["tempo"] = path.name, round(float(tempo), 3)
        parts = _excerpt(rng, score.stretch(read_midi(path), 1 / tempo), seconds)
        if {"bass", "drums", "other"} <= {part.stem for part in parts}:
            break
    return parts if palette.vocals else _sung(parts)


def _excerpt(rng: Generator, whole: Score, seconds: float) -> Score:
    starts = sorted(rng.uniform(0, max(0.0, score.length(whole) - seconds), 6))
    return score.excerpt(whole, score.busiest(whole, starts, seconds), seconds)


def _sung(parts: Score) -> Score:
    """The same with the tune given to the voice, where there is one and a band besides."""
    tune = score.melody(parts)
    if tune is None or len(_of(parts, "other")) < 2:
        return parts
    return (*(part for part in parts if part is not tune), replace(tune, stem="vocals"))


def _varied(rng: Generator, parts: Score, facts: dict[str, Any]) -> Score:
    """In another key, with other instruments of the same families."""
    facts["transposed"] = int(rng.integers(-4, 5))
    moved = score.transpose(parts, facts["transposed"])
    return tuple(
        part
        if part.stem in ("drums", "vocals") or rng.random() < 0.4
        else replace(part, programme=_relative(rng, part.programme))
        for part in moved
    )


def _relative(rng: Generator, programme: int) -> int:
    """Another programme of the same eight, and of the same stem."""
    family = range(programme // 8 * 8, programme // 8 * 8 + 8)
    alike = [p for p in family if score.stem_of(0, p) == score.stem_of(0, programme)]
    alike = [p for p in alike if p not in score.VOICE_PROGRAMMES]
    return int(rng.choice(alike)) if alike else programme


def _of(parts: Score, stem: str) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.stem == stem)


def _notes(parts: Score, stem: str) -> list[Note]:
    return sorted((n for p in _of(parts, stem) for n in p.notes), key=lambda n: n.start)


def _font(rng: Generator, palette: Palette, stem: str, facts: dict[str, Any]) -> Path:
    font = palette.fonts[int(rng.integers(len(palette.fonts)))]
    facts[stem] = {"font": font.name}
    return font


def _bass(
    rng: Generator, palette: Palette, parts: Score, seconds: float, facts: dict[str, Any]
) -> Samples:
    font = _font(rng, palette, "bass", facts)
    notes = _notes(parts, "bass")
    if palette.bass and notes and rng.random() < 0.4:
        name = sorted(palette.bass)[int(rng.integers(len(palette.bass)))]
        shots = oneshots.pitched(palette.bass[name])
        if shots:
            facts["bass"] = {"shots": name}
            return oneshots.play(rng, shots, notes, seconds)
    programmes = [part.programme for part in _of(parts, "bass")]
    facts["bass"]["programmes"] = programmes
    return render(_of(parts, "bass"), seconds, font)


def _drums(
    rng: Generator, palette: Palette, parts: Score, seconds: float, facts: dict[str, Any]
) -> Samples:
    font = _font(rng, palette, "drums", facts)
    played = _of(parts, "drums")
    if palette.kits and rng.random() < 0.6:
        kit = palette.kits[int(rng.integers(len(palette.kits)))]
        facts["drums"] = {"kit": kit.name}
        kit_parts = tuple(part for part in played if part.programme == 0)
        return oneshots.play_kit(kit, _notes(kit_parts, "drums"), seconds)
    programme = int(rng.choice(KITS))
    facts["drums"]["programme"] = programme
    kits = [replace(p, programme=programme) if p.programme == 0 else p for p in played]
    return render(kits, seconds, font)


def _other(
    rng: Generator, palette: Palette, parts: Score, seconds: float, facts: dict[str, Any]
) -> Samples:
    """The rest of the band; where there are one-shots, sometimes its busiest part by them."""
    font = _font(rng, palette, "other", facts)
    played = list(_of(parts, "other"))
    sampled = np.zeros((2, round(seconds * RATE)))
    if palette.other and played and rng.random() < 0.35:
        name = sorted(palette.other)[int(rng.integers(len(palette.other)))]
        shots = oneshots.pitched(palette.other[name])
        part = max(played, key=lambda p: len(p.notes))
        if shots:
            played.remove(part)
            facts["other"]["shots"] = name
            sampled = oneshots.play(rng, shots, part.notes, seconds)
            sampled *= 0.06 / max(effects.active_level(sampled), 1e-6)
    facts["other"]["programmes"] = [part.programme for part in played]
    return render(played, seconds, font) + sampled


def _vocals(
    rng: Generator, palette: Palette, parts: Score, seconds: float, facts: dict[str, Any]
) -> Samples:
    singing = rng.random() >= INSTRUMENTAL
    notes = _notes(parts, "vocals")
    if singing and palette.spoken and rng.random() < palette.spoken:
        spoken, said = speech.speak(rng, palette.speech, seconds)
        facts["vocals"] = {"spoken": said}
        return spoken
    if not singing or (not palette.vocals and not notes):
        return np.zeros((2, round(seconds * RATE)))
    if palette.vocals:
        path = _singer(rng, palette.vocals)
        facts["vocals"] = {"clip": path.name}
        return _clip(rng, path, seconds)
    facts["vocals"] = {"singer": "formants"}
    return voice.sing(rng, voice.draw_singer(rng), notes, seconds)


def _singer(rng: Generator, clips: tuple[Path, ...]) -> Path:
    """A clip; of collections (names up to the first "_") that are larger fewer in proportion."""
    names = [path.stem.partition("_")[0] for path in clips]
    weights = np.array([names.count(name) ** -0.5 for name in names])
    return clips[int(rng.choice(len(clips), p=weights / weights.sum()))]


def _clip(rng: Generator, path: Path, seconds: float) -> Samples:
    """An excerpt of a sung recording, from the beginning again where it is shorter."""
    with open_audio(path) as reader:
        wanted = round(seconds * reader.rate)
        start = int(rng.integers(max(1, reader.length - wanted)))
        heard = reader.read(start, min(wanted, reader.length - start))
        rate = reader.rate
    samples = resample(np.tile(heard, -(-wanted // heard.shape[1]))[:, :wanted], rate, RATE)
    return np.broadcast_to(samples, (2, samples.shape[1])).copy()


def _mixed(rng: Generator, stems: dict[str, Samples], facts: dict[str, Any]) -> dict[str, Samples]:
    """Stems with their effects, at their levels, summing to at most `CEILING`; silent ones go."""
    out: dict[str, Samples] = {}
    for stem in STEMS:
        chain = effects.draw_chain(rng, stem)
        place = rng.uniform(-0.15, 0.15) if stem in ("bass", "vocals") else 0.0
        width = 0.2 if stem == "bass" else rng.uniform(0.4, 1.0)
        level = db_to_gain(LEVEL_DB[stem] + rng.uniform(-SPREAD_DB, SPREAD_DB))
        wet = effects.fade(effects.pan(effects.apply(stems[stem], chain), place, width))
        heard = effects.active_level(wet)
        if heard > 1e-5:
            out[stem] = wet * (level / heard)
    peak = max(
        [float(np.abs(sum(out.values())).max()) if out else 0.0]
        + [float(np.abs(samples).max()) for samples in out.values()]
    )
    facts["gain"] = round(min(1.0, CEILING / peak), 4) if peak else 1.0
    return {stem: samples * facts["gain"] for stem, samples in out.items()}
