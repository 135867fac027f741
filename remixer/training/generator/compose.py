"""Songs composed from a seed: chords, bass, drums, accompaniment and a tune to sing."""

import math
from dataclasses import dataclass

from numpy.random import Generator

from remixer.training.generator.score import Note, Part, Score, excerpt, into

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = (
    *((0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 3), (0, 3, 0, 4), (1, 4, 0, 5)),
    *((0, 6, 5, 6), (0, 2, 3, 4), (0, 5, 1, 4), (3, 4, 2, 5), (0, 0, 3, 4), (0, 6, 3, 0)),
)
"""Degrees of the scale, a bar each."""
KICKS = ((0, 8), (0, 6, 10), (0, 7, 8), (0, 3, 8, 11), (0, 4, 8, 12), (0, 10), (0, 2, 8, 10))
BASSES = ((0, 8), (0, 2, 4, 6, 8, 10, 12, 14), (0, 6, 8), (0, 3, 6, 8, 11, 14), (0, 4, 8, 12), (0,))
CHORDS = ((0,), (0, 8), (0, 3, 6, 10), (2, 6, 10, 14), (0, 4, 8, 12), (0, 6, 12))
"""Sixteenths of a bar at which something is played."""
KEYS = (0, 1, 2, 4, 5, 16, 17, 18)
PLUCKED = (24, 25, 26, 27, 28, 29, 30, 46)
SUSTAINED = (48, 49, 50, 51, 61, 62, 63, 88, 89, 90, 94)
LEADS = (11, 12, 56, 57, 64, 65, 66, 71, 73, 75, 80, 81, 84)
KICK, SNARE, RIM, CLAP, CLOSED, OPEN, CRASH, RIDE = 36, 38, 37, 39, 42, 46, 49, 51
TOMS = (50, 47, 43)


@dataclass(frozen=True)
class Plan:
    """What the bars of a song have in common. bar: seconds; key: MIDI pitch of the tonic below
    middle C.
    """

    bar: float
    key: int
    scale: tuple[int, ...]
    swing: float

    def at(self, bar: int, sixteenth: float) -> float:
        """Seconds of a sixteenth of a bar, which swing may delay."""
        late = self.swing if sixteenth % 2 == 1 else 0.0
        return self.bar * (bar + (sixteenth + late) / 16)

    def pitch(self, degree: int) -> int:
        """Of a degree of the scale, 0 the tonic, beyond 6 in the next octave."""
        octave, step = divmod(degree, 7)
        return self.key + 12 * octave + self.scale[step]


def compose(rng: Generator, seconds: float) -> Score:
    """A song of bass, drums, two to four parts of other, and a tune of the stem vocals, that fills
    `seconds`. The same state of the generator gives the same song.
    """
    plan = draw_plan(rng)
    bars = math.ceil(seconds / plan.bar)
    chords = draw_chords(rng, bars)
    song = (
        Part("bass", int(rng.integers(32, 40)), _bass(rng, plan, chords)),
        Part("drums", 0, _drums(rng, plan, bars)),
        *_accompaniment(rng, plan, chords),
        Part("vocals", 0, draw_tune(rng, plan, chords)),
    )
    return excerpt(song, 0.0, seconds)


def draw_plan(rng: Generator) -> Plan:
    """A tempo, a key and a feel."""
    return Plan(
        bar=240 / rng.uniform(72, 150),
        key=int(rng.integers(48, 60)),
        scale=(MAJOR, MINOR)[int(rng.integers(2))],
        swing=float(rng.choice([0.0, 0.0, 0.25, 0.4])),
    )


def draw_chords(rng: Generator, bars: int) -> list[int]:
    """A degree for each bar; every eight bars the progression may change."""
    chords: list[int] = []
    choices = [PROGRESSIONS[int(i)] for i in rng.choice(len(PROGRESSIONS), 2, replace=False)]
    while len(chords) < bars:
        chords += 2 * choices[len(chords) // 8 % 2]
    return chords[:bars]


def _human(rng: Generator, start: float, length: float, pitch: int, velocity: float) -> Note:
    """A note a little off the grid."""
    played = int(min(127, max(20, velocity + rng.normal(0, 6))))
    return Note(max(0.0, start + rng.normal(0, 0.005)), max(0.04, length), pitch, played)


def _in_order(notes: list[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.start, note.pitch)))


def _bass(rng: Generator, plan: Plan, chords: list[int]) -> tuple[Note, ...]:
    rhythms = [BASSES[int(i)] for i in rng.choice(len(BASSES), 2, replace=False)]
    tight, busy = rng.uniform(0.5, 1.0), rng.uniform(0, 0.5)
    notes = []
    for bar, degree in enumerate(chords):
        onsets = rhythms[bar // 8 % 2]
        for onset, after in zip(onsets, (*onsets[1:], 16), strict=True):
            step = int(rng.choice([0, 4, 7, 2])) if onset and rng.random() < busy else 0
            pitch = into(plan.pitch(degree + step) - 24, 28, 50)
            length = plan.bar * (after - onset) / 16 * tight
            notes.append(_human(rng, plan.at(bar, onset), length, pitch, 96))
    return _in_order(notes)


def _drums(rng: Generator, plan: Plan, bars: int) -> tuple[Note, ...]:
    kicks = [KICKS[int(i)] for i in rng.choice(len(KICKS), 2, replace=False)]
    back = int(rng.choice([SNARE, SNARE, SNARE, RIM, CLAP]))
    time = int(rng.choice([CLOSED, CLOSED, CLOSED, RIDE]))
    every = int(rng.choice([1, 2, 2, 4]))
    ghost = rng.uniform(0, 0.3)
    notes = []
    for bar in range(bars):
        hits = [(onset, KICK, 108) for onset in kicks[bar // 8 % 2]]
        hits += [(4, back, 104), (12, back, 108)]
        hits += [(o, SNARE, 45) for o in (7, 9, 15) if rng.random() < ghost]
        hits += [(o, time, 90 if o % 4 == 0 else 68) for o in range(0, 16, every)]
        if bar % 8 == 0:
            hits.append((0, CRASH, 100))
        elif bar % 8 == 7:
            hits = [hit for hit in hits if hit[0] < 12]
            hits += [(12 + i, TOMS[min(i, 2)], 95 + 4 * i) for i in range(4)]
        elif rng.random() < 0.3:
            hits.append((14, OPEN, 84))
        notes += [_human(rng, plan.at(bar, o), 0.2, pitch, v) for o, pitch, v in hits]
    return _in_order(notes)


def _accompaniment(rng: Generator, plan: Plan, chords: list[int]) -> list[Part]:
    families = [KEYS, PLUCKED, SUSTAINED]
    count = int(rng.integers(2, 4))
    parts = []
    for index in rng.choice(3, count, replace=False):
        family = families[int(index)]
        onsets = (0,) if family is SUSTAINED else CHORDS[int(rng.integers(len(CHORDS)))]
        broken = family is not SUSTAINED and rng.random() < 0.4
        notes = _comping(rng, plan, chords, onsets, broken)
        parts.append(Part("other", int(rng.choice(family)), notes))
    if rng.random() < 0.5:
        answer = tuple(n for n in draw_tune(rng, plan, chords) if int(n.start / plan.bar) % 4 == 3)
        parts.append(Part("other", int(rng.choice(LEADS)), answer))
    return parts


def _comping(
    rng: Generator, plan: Plan, chords: list[int], onsets: tuple[int, ...], broken: bool
) -> tuple[Note, ...]:
    """Chords on the onsets, or broken into eighths."""
    seventh, low = rng.random() < 0.35, int(rng.integers(50, 60))
    notes = []
    for bar, degree in enumerate(chords):
        tones = [degree, degree + 2, degree + 4, *([degree + 6] if seventh else [])]
        pitches = sorted(into(plan.pitch(tone), low, low + 14) for tone in tones)
        played: list[tuple[int, int, list[int]]] = [
            (onset, after, pitches) for onset, after in zip(onsets, (*onsets[1:], 16), strict=True)
        ]
        if broken:
            played = [(2 * i, 2 * i + 3, [pitches[i % len(pitches)]]) for i in range(8)]
        for onset, after, chord in played:
            length = plan.bar * (after - onset) / 16 * 0.95
            notes += [_human(rng, plan.at(bar, onset), length, p, 78) for p in chord]
    return _in_order(notes)


def draw_tune(rng: Generator, plan: Plan, chords: list[int]) -> tuple[Note, ...]:
    """Phrases of two bars with a rest after them: steps of the scale, chord tones on the beat."""
    notes: list[Note] = []
    degree = 7 + int(rng.integers(0, 5))
    for bar, chord in enumerate(chords):
        onset = int(rng.choice([0, 0, 2, 4]))
        last = 16 if bar % 2 == 0 else int(rng.integers(8, 13))
        while onset < last:
            length = min(int(rng.choice([2, 2, 3, 4, 4, 6])), 16 - onset)
            degree += int(rng.choice([-2, -1, -1, 0, 1, 1, 2]))
            if onset % 8 == 0:
                degree = min(
                    (chord + 7 * o + t for o in (0, 1, 2) for t in (0, 2, 4)),
                    key=lambda tone: abs(tone - degree),
                )
            degree = min(14, max(4, degree))
            start, held = plan.at(bar, onset), plan.bar * length / 16 * 0.96
            notes.append(Note(start, held, plan.pitch(degree), 90))
            onset += length
    return tuple(notes)
