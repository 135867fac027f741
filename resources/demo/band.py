"""The band: MIDI parts played by FluidSynth, and drums played from single hits.

Each function renders one instrument, dry, as (2, samples) for the length of the song.
"""

import subprocess
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mido
import numpy as np
import score
import soundfile
from numpy.typing import NDArray
from scipy import signal
from score import BEATS_PER_BAR, CHORDS, Chord, pitch, seconds

Array = NDArray[np.float64]

RATE = 44_100
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
HITS = Path("/usr/share/sonic-pi/samples")
VERSE, CHORUS = range(2, 10), range(10, 18)
_TICKS_PER_S = 1920  # 960 ticks a beat at 120 beats a minute

FINGER_BASS, RHODES, PIANO, ORGAN, GLOCKENSPIEL = 33, 4, 0, 16, 9
NYLON_GUITAR, STEEL_GUITAR, CLEAN_GUITAR, STRINGS, WARM_PAD = 24, 25, 27, 48, 89
DRUM_KEYS = {"snare": 40, "clap": 39, "tambourine": 54, "shaker": 82}


@dataclass(frozen=True)
class Note:
    """A played note, in seconds and MIDI units."""

    start: float
    length: float
    pitch: int
    velocity: float


def dice(seed: int, name: str) -> np.random.Generator:
    """A random generator that belongs to one part, whatever the others draw."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def silence() -> Array:
    """The song's length of nothing."""
    return np.zeros((2, round(score.duration_s() * RATE)))


def play(notes: Iterable[Note], program: int, *, drums: bool = False) -> Array:
    """Render notes with one General MIDI program, without the synthesiser's own effects."""
    channel = 9 if drums else 0
    events: list[tuple[float, mido.Message]] = []
    for note in notes:
        velocity = int(np.clip(round(note.velocity), 1, 127))
        start = max(note.start, 0.0)
        key = {"note": note.pitch, "channel": channel}
        events.append((start, mido.Message("note_on", velocity=velocity, **key)))
        events.append((start + note.length, mido.Message("note_off", **key)))
    events.sort(key=lambda event: (event[0], event[1].type == "note_on"))
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    track.append(mido.Message("program_change", program=program, channel=channel))
    now = 0
    for at, message in events:
        ticks = round(at * _TICKS_PER_S)
        track.append(message.copy(time=ticks - now))
        now = ticks
    track.append(mido.MetaMessage("end_of_track", time=4 * _TICKS_PER_S))
    return _render(mido.MidiFile(ticks_per_beat=960, tracks=[track]))


def _render(midi: mido.MidiFile) -> Array:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "part.mid", Path(folder) / "part.wav"
        midi.save(source)
        command = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(RATE)]
        command += ["-o", "synth.cpu-cores=1", "-O", "float", "-T", "wav", "-F", str(target)]
        subprocess.run([*command, str(SOUNDFONT), str(source)], check=True, capture_output=True)
        samples, _ = soundfile.read(target, always_2d=True)
    out = silence()
    length = min(out.shape[1], len(samples))
    out[:, :length] = samples[:length].T
    return out


def _human(rng: np.random.Generator, note: Note, time_s: float, velocity: float) -> Note:
    start = note.start + rng.normal(0, time_s)
    return Note(start, note.length, note.pitch, note.velocity + rng.normal(0, velocity))


def _beats(length: float) -> float:
    return length * 60.0 / score.TEMPO


def _parse(bars: dict[int, str]) -> Iterable[tuple[int, float, float, str]]:
    """(bar, beat in the song, length in beats, name) of the events written in the score."""
    for bar, text in bars.items():
        for event in text.split("|"):
            fields = event.split()
            name = next(field for field in fields if field[0].isalpha())
            beat, length = (float(field) for field in fields if not field[0].isalpha())
            yield bar, bar * BEATS_PER_BAR + beat, length, name


def bass(seed: int) -> Array:
    """Finger bass from the written line."""
    rng = dice(seed, "bass")
    notes = []
    for bar, beat, length, name in _parse(score.BASS):
        velocity = 92 + (12 if name.endswith(">") else 0) - (16 if name.endswith("~") else 0)
        velocity += 6 if bar in CHORUS else 0
        note = Note(seconds(beat) + 0.004, _beats(length), pitch(name.rstrip(">~")), velocity)
        notes.append(_human(rng, note, 0.003, 3))
    return play(notes, FINGER_BASS)


def hook(seed: int, program: int, octave: int = 0) -> Array:
    """The hook and its answers."""
    rng = dice(seed, f"hook {program}")
    notes = [
        Note(seconds(beat), _beats(max(length, 1.0)), pitch(name) + 12 * octave, 84)
        for _, beat, length, name in _parse(score.HOOK)
    ]
    return play([_human(rng, note, 0.005, 5) for note in notes], program)


def _comp(bar: int) -> tuple[tuple[float, float, float], ...]:
    """Electric piano rhythm of a bar: (beat, length, velocity)."""
    if bar == score.LAST_BAR:
        return ((0.0, 6.0, 78),)
    if bar in CHORUS:
        return ((0.0, 1.3, 84), (1.5, 1.0, 72), (2.5, 0.9, 76), (3.5, 0.5, 70))
    if bar % 2:
        return ((0.0, 1.45, 74), (1.5, 1.45, 62), (3.0, 1.0, 58))
    return ((0.0, 1.95, 76), (2.0, 1.45, 60), (3.5, 0.5, 64))


def _chord_at(beat: float) -> Chord:
    bar = min(int(beat // BEATS_PER_BAR), score.LAST_BAR)
    chords = score.chords_of_bar(bar)
    return next(chord for start, length, chord in reversed(chords) if beat >= start - 1e-9)


def electric_piano(seed: int) -> Array:
    """Chords with a gentle rhythm, in the middle of the keyboard."""
    rng = dice(seed, "electric piano")
    notes = []
    for bar in range(score.LAST_BAR + 1):
        for beat, length, velocity in _comp(bar):
            at = bar * BEATS_PER_BAR + beat
            for i, key in enumerate(_chord_at(at).keys):
                spread = 0.004 * i * (3 if bar == score.LAST_BAR else 1)
                note = Note(seconds(at) + spread, _beats(length), key, velocity + 2 * (i == 0))
                notes.append(_human(rng, note, 0.003, 3))
    return play(notes, RHODES)


def picking(seed: int) -> Array:
    """A clean guitar picked in eighths through the intro and the verse."""
    rng = dice(seed, "picking")
    order = (0, 2, 3, 4, 3, 2, 4, 3)
    notes = []
    for bar in (*range(1, 2), *VERSE, score.LAST_BAR):
        for step in range(8):
            at = bar * BEATS_PER_BAR + step / 2
            strings = _chord_at(at).guitar
            key = strings[min(order[step], len(strings) - 1)]
            if bar == score.LAST_BAR and step > 5:
                break
            note = Note(seconds(at), _beats(1.5), key, 78 if step in (0, 3) else 66)
            notes.append(_human(rng, note, 0.005, 5))
    return play(notes, CLEAN_GUITAR)


# Strums: (beat, down?, strength). The verse's second half strums lightly, the chorus fully.
_LIGHT = (
    *((0.0, True, 0.75), (1.0, True, 0.6), (1.5, False, 0.5)),
    *((2.5, False, 0.55), (3.0, True, 0.65)),
)
_FULL = (
    *((0.0, True, 1.0), (1.0, True, 0.85), (1.5, False, 0.7), (2.0, True, 0.6)),
    *((2.5, False, 0.75), (3.0, True, 0.9), (3.5, False, 0.7)),
)


def strumming(seed: int, take: str, program: int, bars: Iterable[int]) -> Array:
    """An acoustic guitar: strings struck one after the other, ringing until struck again."""
    rng = dice(seed, f"strumming {take}")
    strokes: list[tuple[float, bool, float, Chord]] = []
    for bar in bars:
        pattern = _FULL if bar in CHORUS else _LIGHT
        pattern = ((0.0, True, 1.0),) if bar == score.LAST_BAR else pattern
        for beat, down, strength in pattern:
            at = bar * BEATS_PER_BAR + beat
            strokes.append((seconds(at) + rng.normal(0, 0.006), down, strength, _chord_at(at)))
    notes = []
    for i, (at, down, strength, chord) in enumerate(strokes):
        until = strokes[i + 1][0] if i + 1 < len(strokes) and strokes[i + 1][0] - at < 3 else at + 4
        strings = chord.guitar if down else chord.guitar[::-1][:3]
        gap = rng.uniform(0.007, 0.012) * (2.2 if at > seconds(4 * score.LAST_BAR) - 0.1 else 1)
        for j, key in enumerate(strings):
            velocity = (94 - 3 * j) * strength + rng.normal(0, 4)
            notes.append(Note(at + gap * j - 0.012, until - at, key, velocity))
    return play(notes, program)


def sustained(seed: int, name: str, program: int, bars: Iterable[int], velocity: float) -> Array:
    """Held chords: pad, strings, organ."""
    rng = dice(seed, name)
    notes = []
    for bar in bars:
        for start, length, chord in score.chords_of_bar(bar):
            held = length + (2.5 if bar == score.LAST_BAR else 0.05)
            for key in chord.pad:
                note = Note(seconds(start) - 0.03, _beats(held), key, velocity)
                notes.append(_human(rng, note, 0.006, 3))
    return play(notes, program)


def pulse(seed: int) -> Array:
    """Piano in the chorus: eighths with the right hand, accents with the left."""
    rng = dice(seed, "pulse")
    notes = []
    for bar in CHORUS:
        for step in range(8):
            at = bar * BEATS_PER_BAR + step / 2
            for key in _chord_at(at).keys[-3:]:
                velocity = 78 if step % 4 == 0 else 62 if step % 2 == 0 else 54
                notes.append(
                    _human(rng, Note(seconds(at), _beats(0.55), key + 12, velocity), 0.004, 4)
                )
    last = Note(seconds(4 * score.LAST_BAR), _beats(6), pitch("Bb1"), 82)
    ending = [last, *(Note(last.start, last.length, key + 12, 76) for key in CHORDS["Bb"].keys)]
    return play([*notes, *ending], PIANO)


@cache
def _hit(name: str) -> Array:
    samples, rate = soundfile.read(HITS / f"{name}.flac", always_2d=True)
    if rate != RATE:
        raise ValueError(f"{name}.flac is at {rate} Hz; this script reads {RATE} Hz")
    mono = samples.mean(axis=1)
    mono = mono[int(np.argmax(np.abs(mono) > 0.02 * np.max(np.abs(mono)))) :]
    return mono / np.max(np.abs(mono))


def _struck(name: str, strength: float, tune: float, rng: np.random.Generator) -> Array:
    """A single hit: softer is duller; every hit is a little different."""
    ratio = tune * (1 + rng.normal(0, 0.006))
    source = _hit(name)
    position = np.arange(0, len(source) - 1, ratio)
    sound = np.interp(position, np.arange(len(source)), source)
    hz = min(4_000 + 16_000 * strength**1.2, 20_000)
    return strength * signal.sosfilt(signal.butter(1, hz, fs=RATE, output="sos"), sound)


_STRENGTH = {"X": 1.0, "x": 0.78, "o": 0.34}


def drum_hits(seed: int, part: str) -> list[tuple[float, float]]:
    """(time in seconds, strength 0..1) of one drum through the song, played by hand."""
    rng = dice(seed, f"hits {part}")
    hits = []
    for bar, name in enumerate(score.DRUM_BARS):
        for step, mark in enumerate(score.DRUMS[name].get(part, "")):
            if mark == ".":
                continue
            swing = 0.06 * _beats(0.25) * (step % 2)
            at = seconds(bar * BEATS_PER_BAR + step / 4) + swing + rng.normal(0, 0.0028)
            strength = _STRENGTH[mark] * np.exp(rng.normal(0, 0.055))
            hits.append((at, float(strength)))
    return hits


def _mono_track(hits: list[tuple[float, float]], sound: str, tune: float, seed: int) -> Array:
    rng = dice(seed, f"sound {sound}")
    track = silence()[0]
    for at, strength in hits:
        struck = _struck(sound, min(strength, 1.1), tune, rng)
        start = round(max(at, 0.0) * RATE)
        struck = struck[: len(track) - start]
        track[start : start + len(struck)] += struck
    return track


def sampled(seed: int, part: str, sound: str, tune: float = 1.0) -> Array:
    """A drum part played with a recorded hit, mono, (samples,)."""
    return _mono_track(drum_hits(seed, part), sound, tune, seed)


def hats(seed: int) -> Array:
    """Closed and half-open hats; a closing hat chokes the open one. Mono, (samples,)."""
    rng = dice(seed, "hats")
    hits = [(at, s, "closed") for at, s in drum_hits(seed, "hat")]
    hits += [(at, s, "open") for at, s in drum_hits(seed, "open")]
    hits.sort()
    track = silence()[0]
    for i, (at, strength, kind) in enumerate(hits):
        struck = _struck(f"drum_cymbal_{kind}", strength, 1.0, rng)
        until = hits[i + 1][0] - at if i + 1 < len(hits) else 1.0
        fade = np.clip((until + 0.012 - np.arange(len(struck)) / RATE) / 0.02, 0, 1)
        start = round(at * RATE)
        struck = (struck * fade)[: len(track) - start] * (0.8 if kind == "open" else 1.0)
        track[start : start + len(struck)] += struck
    return track


def toms(seed: int) -> Array:
    """Fills: each run of hits goes from the high tom down to the low one, left to right."""
    rng = dice(seed, "toms")
    names = ("drum_tom_hi_hard", "drum_tom_mid_hard", "drum_tom_lo_hard")
    out = silence()
    previous, place = -1.0, 0
    for at, strength in drum_hits(seed, "tom"):
        place = min(place + 1, 3) if at - previous < 0.3 else 0
        previous = at
        drum = (0, 0, 1, 2)[place] if strength < 0.9 else (1, 1, 2, 2)[place]
        struck = _struck(names[drum], strength, 1.0, rng)
        start = round(at * RATE)
        struck = struck[: out.shape[1] - start]
        angle = (0.30, 0.5, 0.72)[drum] * np.pi / 2
        out[:, start : start + len(struck)] += np.outer([np.cos(angle), np.sin(angle)], struck)
    return out


def gm_drum(seed: int, part: str, kit: int = 0) -> Array:
    """A drum part on the sound font's kit."""
    notes = [
        Note(at, 0.3, DRUM_KEYS[part], 20 + 100 * min(strength, 1.0))
        for at, strength in drum_hits(seed, part)
    ]
    return play(notes, kit, drums=True)


def crashes() -> Array:
    """Crash cymbals that open the sections, from the sound font's kit."""
    notes = [
        Note(seconds(bar * BEATS_PER_BAR), 3.0, 49 if i % 2 == 0 else 57, 40 + 75 * strength)
        for i, (bar, strength) in enumerate(score.CRASHES.items())
    ]
    return play(notes, 0, drums=True)


def swells() -> Array:
    """A splash cymbal played backwards into the verse and into the chorus. Mono, (samples,)."""
    track = silence()[0]
    sound = _hit("drum_splash_hard")
    reversed_sound = (sound * np.clip(np.arange(len(sound)) / 200, 0, 1))[::-1]
    for bar, strength in ((2, 0.6), (10, 1.0)):
        end = round(seconds(bar * BEATS_PER_BAR) * RATE)
        part = reversed_sound[-min(len(reversed_sound), end) :]
        track[end - len(part) : end] += strength * part
    return track
