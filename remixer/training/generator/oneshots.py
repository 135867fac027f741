"""Recorded single notes and drum hits, played as a sampler plays them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from remixer.audio.reader import open_audio
from remixer.audio.resample import resample
from remixer.dsp.signal import Samples
from remixer.errors import InputError
from remixer.training.generator.render import RATE
from remixer.training.generator.score import Note

SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".ogg", ".opus")
_NAMES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_PITCH = re.compile(r"(?:^|[_\- ])([a-g])(s|#|b)?(-?\d)(?=$|[_\- .])", re.IGNORECASE)
_RELEASE = re.compile(r"(^|[_\- ])(rel|staccato)([_\- .]|$)", re.IGNORECASE)
_LONGEST_S = 8

DRUMS: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"kick|bass ?drum|^bd|_bd_|thump|bass$", (35, 36)),
    (r"stick|rim|click|clave", (37,)),
    (r"clap|snap", (39,)),
    (r"snare|^sn|_sn_|slap", (38, 40)),
    (r"pedal", (44,)),
    (r"(hat|hh).*(op)|open", (46,)),
    (r"hat|hh", (42,)),
    (r"tom.*(hi|1)|bongo ?hi|tone", (48, 50)),
    (r"tom.*(low|floor|3)|floor|bongo ?lo", (41, 43)),
    (r"tom|conga", (45, 47)),
    (r"crash|splash|china", (49, 57, 52, 55)),
    (r"ride|bell|cymbal", (51, 53, 59)),
    (r"cowbell|agogo", (56,)),
    (r"tambourine|maraca|shak", (54, 70, 82)),
)
"""Names of instruments in drum kits, and the General MIDI drums they stand for; the first that fits
counts.
"""


@dataclass(frozen=True)
class Shot:
    """A recorded note. pitch: MIDI, fractional where it was measured."""

    path: Path
    pitch: float


def find_shots(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Sets of one-shots below a folder: {"SET": files} for each folder that holds sound files,
    releases and staccatos left out.
    """
    sets: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and not _RELEASE.search(path.stem):
            sets.setdefault(str(path.parent.relative_to(folder)), []).append(path)
    return {name: tuple(files) for name, files in sets.items()}


def named_pitch(path: Path) -> int | None:
    """The note in a file's name, as "gb2" in gb2_f_rr1.opus, with c4 as MIDI's 60; None without."""
    found = _PITCH.search(path.stem)
    if not found:
        return None
    shift = {"s": 1, "#": 1, "b": -1}.get((found[2] or "").lower(), 0)
    return 12 * (int(found[3]) + 1) + _NAMES[found[1].lower()] + shift


def measured_pitch(samples: NDArray[np.float64]) -> float | None:
    """MIDI pitch of a steady low note at 44.1 kHz by its autocorrelation between 28 and 500 Hz;
    None where nothing repeats clearly.
    """
    piece = samples[RATE // 20 : RATE // 20 + 2**14]
    if piece.size < 2**13 or not np.any(piece):
        return None
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 2 * piece.size)) ** 2
    likeness = np.fft.irfft(spectrum)[: piece.size // 2]
    likeness /= likeness[0] * (1 - np.arange(likeness.size) / piece.size)
    low, high = RATE // 500, RATE // 28
    best = likeness[low:high].max(initial=0)
    if best < 0.6:
        return None
    peaks = np.flatnonzero(likeness[low:high] > 0.92 * best)
    lag = low + peaks[0]
    while lag + 1 < likeness.size and likeness[lag + 1] > likeness[lag]:
        lag += 1
    return float(69 + 12 * np.log2(RATE / lag / 440))


@cache
def pitched(files: tuple[Path, ...]) -> tuple[Shot, ...]:
    """The files as notes: by their measured pitch, which settles the octave too, or by their names.

    Files without a pitch are left out. Raises InputError where one cannot be read.
    """
    shots = []
    for path in files:
        pitch = measured_pitch(read_shot(path).mean(axis=0))
        named = named_pitch(path)
        if pitch is None and named is not None:
            pitch = float(named)
        if pitch is not None:
            shots.append(Shot(path, pitch))
    return tuple(shots)


def read_shot(path: Path) -> Samples:
    """A recorded note, (2, samples) at 44.1 kHz, its first eight seconds."""
    with open_audio(path) as reader:
        samples = reader.read(0, min(reader.length, _LONGEST_S * reader.rate))
        samples = resample(samples, reader.rate, RATE)
    return np.broadcast_to(samples, (2, samples.shape[1])).copy()


def play(rng: Generator, shots: Sequence[Shot], notes: Sequence[Note], seconds: float) -> Samples:
    """Notes played with the recorded ones nearest in pitch, (2, seconds) at 44.1 kHz."""
    out = np.zeros((2, round(seconds * RATE)))
    near: dict[int, list[Shot]] = {}
    made: dict[tuple[Path, int], Samples] = {}
    for note in notes:
        if note.pitch not in near:
            ranked = sorted(shots, key=lambda shot: (abs(shot.pitch - note.pitch), str(shot.path)))
            near[note.pitch] = ranked[:3]
        shot = near[note.pitch][int(rng.integers(len(near[note.pitch])))]
        key = (shot.path, note.pitch)
        if key not in made:
            made[key] = _retuned(read_shot(shot.path), note.pitch - shot.pitch)
        _add(out, _held(made[key], note.length), note.start, (note.velocity / 100) ** 1.5)
    return out


def _retuned(samples: Samples, semitones: float) -> Samples:
    """Played faster or slower."""
    return resample(samples, round(RATE * 2 ** (semitones / 12)), RATE)


def _held(samples: Samples, seconds: float) -> Samples:
    """As long as the note is held, with a release of 60 ms."""
    release = round(0.06 * RATE)
    piece = samples[:, : round(seconds * RATE) + release].copy()
    fade = min(release, piece.shape[1])
    piece[:, piece.shape[1] - fade :] *= np.linspace(1, 0, fade)
    return piece


def _add(out: Samples, piece: Samples, seconds: float, gain: float) -> None:
    start = round(seconds * RATE)
    count = max(0, min(out.shape[1] - start, piece.shape[1]))
    out[:, start : start + count] += gain * piece[:, :count]


def find_kits(folder: Path) -> tuple[Path, ...]:
    """Folders of Hydrogen's drum kits (drumkit.xml) below a folder that have a kick and a snare."""
    kits = sorted(path.parent for path in folder.rglob("drumkit.xml"))
    return tuple(kit for kit in kits if {36, 38} <= read_kit(kit).keys())


def read_kit(folder: Path) -> dict[int, list[tuple[Path, float]]]:
    """A Hydrogen kit as {General MIDI drum: (file, the most velocity it is for)}, softest first.

    Raises InputError when its drumkit.xml cannot be read.
    """
    try:
        root = ElementTree.parse(folder / "drumkit.xml").getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise InputError(
            f"{folder / 'drumkit.xml'} is no drum kit ({error}): leave it out"
        ) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    kit: dict[int, list[tuple[Path, float]]] = {}
    for instrument in root.iter("instrument"):
        name = (instrument.findtext("name") or "").lower()
        drums = next((numbers for form, numbers in DRUMS if re.search(form, name)), ())
        layers = _layers(folder, instrument)
        for drum in drums:
            if layers:
                kit.setdefault(drum, layers)
    return kit


def _layers(folder: Path, instrument: ElementTree.Element) -> list[tuple[Path, float]]:
    found = [
        (folder / (layer.findtext("filename") or ""), float(layer.findtext("max") or 1))
        for layer in instrument.iter("layer")
    ]
    alone = instrument.findtext("filename")
    found += [(folder / alone, 1.0)] if alone and not found else []
    return sorted((f for f in found if f[0].is_file() and f[0].stat().st_size), key=lambda f: f[1])


def play_kit(kit: Path, notes: Sequence[Note], seconds: float) -> Samples:
    """Drum notes played with a kit, (2, seconds) at 44.1 kHz; drums that it lacks are silent."""
    drums = read_kit(kit)
    out = np.zeros((2, round(seconds * RATE)))
    made: dict[Path, Samples] = {}
    for note in notes:
        layers = drums.get(note.pitch)
        if layers:
            loud = note.velocity / 127
            path = next((file for file, most in layers if loud <= most), layers[-1][0])
            if path not in made:
                made[path] = read_shot(path)
            _add(out, made[path], note.start, loud**1.5)
    return out
