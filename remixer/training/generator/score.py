"""Music as notes: parts that belong to a stem, on a time axis in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

DRUM_CHANNEL = 9
"""MIDI's tenth channel: its notes are drums."""
DRUM_PROGRAMMES = frozenset([113, 115, 116, 117, 118, 119])
"""Agogo, woodblock, taiko, melodic tom, synth drum, reversed cymbal."""
BASS_PROGRAMMES = frozenset([*range(32, 40), 43])
"""The eight basses, and the contrabass."""
VOICE_PROGRAMMES = frozenset([52, 53, 54, 85, 91])
"""Choirs and voices: no voice may sound in a stem that is not vocals."""
NOISES = range(120, 128)
STRINGS = 48


@dataclass(frozen=True)
class Note:
    """start and length in seconds; pitch and velocity as in MIDI."""

    start: float
    length: float
    pitch: int
    velocity: int

    @property
    def end(self) -> float:
        """Where it is let go, in seconds."""
        return self.start + self.length


@dataclass(frozen=True)
class Control:
    """A channel message that is no note: controllers and pitch bend, at a time in seconds."""

    seconds: float
    data: bytes


@dataclass(frozen=True)
class Part:
    """One instrument's notes, in order of their starts. programme: General MIDI, 0 to 127."""

    stem: str
    programme: int
    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()


Score = tuple[Part, ...]


def stem_of(channel: int, programme: int) -> str | None:
    """Which stem a channel of a General MIDI file belongs to; None for sound effects."""
    if channel == DRUM_CHANNEL or programme in DRUM_PROGRAMMES:
        return "drums"
    if programme in NOISES:
        return None
    return "bass" if programme in BASS_PROGRAMMES else "other"


def length(score: Score) -> float:
    """Seconds until the last note is let go."""
    return max((note.end for part in score for note in part.notes), default=0.0)


def excerpt(score: Score, start: float, seconds: float) -> Score:
    """The notes that start in [start, start + seconds), moved to zero; what is longer is cut.

    Controls before the excerpt are sent at its beginning. Parts without notes are left out.
    """
    cut = (_excerpt(part, start, seconds) for part in score)
    return tuple(part for part in cut if part.notes)


def _excerpt(part: Part, start: float, seconds: float) -> Part:
    notes = tuple(
        replace(n, start=n.start - start, length=min(n.length, start + seconds - n.start))
        for n in part.notes
        if start <= n.start < start + seconds
    )
    controls = tuple(
        Control(max(0.0, c.seconds - start), c.data)
        for c in part.controls
        if c.seconds < start + seconds
    )
    return replace(part, notes=notes, controls=controls)


def stretch(score: Score, factor: float) -> Score:
    """The same music `factor` times as long."""
    return tuple(
        replace(
            part,
            notes=tuple(
                replace(n, start=n.start * factor, length=n.length * factor) for n in part.notes
            ),
            controls=tuple(Control(c.seconds * factor, c.data) for c in part.controls),
        )
        for part in score
    )


def transpose(score: Score, semitones: int) -> Score:
    """The same music in another key; drums stay. Pitches that leave 0 to 127 move by octaves."""
    return tuple(
        part
        if part.stem == "drums"
        else replace(
            part,
            notes=tuple(replace(n, pitch=into(n.pitch + semitones, 0, 127)) for n in part.notes),
        )
        for part in score
    )


def into(pitch: int, low: int, high: int) -> int:
    """The same note in another octave, within [low, high], which is an octave or more."""
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch


def busiest(score: Score, starts: Sequence[float], seconds: float) -> float:
    """The start whose excerpt has most seconds with both bass and drums; on a tie the one with more
    stems, then the earlier.
    """
    return max(starts, key=lambda start: (_busy(score, start, seconds), -start))


def _busy(score: Score, start: float, seconds: float) -> tuple[int, int]:
    heard: dict[str, set[int]] = {}
    for part in excerpt(score, start, seconds):
        heard.setdefault(part.stem, set()).update(int(n.start) for n in part.notes)
    both = heard.get("bass", set()) & heard.get("drums", set())
    return len(both), len(heard)


def melody(score: Score) -> Part | None:
    """The part of `other` that most resembles a tune: one note at a time, in a singer's register,
    neither sparse nor breathless. None where no part does.
    """
    parts = [(tunefulness(part.notes), part) for part in score if part.stem == "other"]
    best = max(parts, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] > 0.5 else None


def tunefulness(notes: Sequence[Note]) -> float:
    """0 to 1: how much a part is like a sung tune."""
    if len(notes) < 8:
        return 0.0
    alone = sum(a.end <= b.start + 0.06 for a, b in pairwise(notes))
    high = sum(55 <= n.pitch <= 86 for n in notes)
    rate = len(notes) / max(notes[-1].end - notes[0].start, 1.0)
    pace = 1.0 if 0.4 <= rate <= 5 else 0.5
    return alone / (len(notes) - 1) * high / len(notes) * pace
