"""The score of "One by One": tempo, form, chords, melody, words and the band's patterns.

Only data and the little arithmetic that turns bars and beats into seconds live here.
Times are in beats (quarter notes) unless a name says seconds; pitches are MIDI numbers.
"""

from dataclasses import dataclass

TITLE = "One by One"
KEY = "B-flat major"
TEMPO = 108.0  # quarter notes a minute
BEATS_PER_BAR = 4
LEAD_IN_S = 0.12  # so that the first attack is whole
TAIL_S = 3.6  # the last chord rings that long after its attack
SECTIONS = (("intro", 0, 2), ("verse", 2, 8), ("chorus", 10, 8), ("ending", 18, 1))
LAST_BAR = 18

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def seconds(beat: float) -> float:
    """Time in the file of a beat counted from the first bar's downbeat."""
    return LEAD_IN_S + beat * 60.0 / TEMPO


def duration_s() -> float:
    """Length of the whole recording."""
    return seconds(LAST_BAR * BEATS_PER_BAR) + TAIL_S


def section_at(bar: int) -> str:
    """Name of the section that a bar belongs to."""
    return next(name for name, first, bars in SECTIONS if first <= bar < first + bars)


def pitch(name: str) -> int:
    """MIDI number of a note name: ``pitch("Bb3") == 58``."""
    flat = name.count("b")
    return _LETTERS[name[0]] - flat + 12 * (int(name[-1]) + 1)


def pitches(names: str) -> tuple[int, ...]:
    """MIDI numbers of several note names separated by spaces."""
    return tuple(pitch(name) for name in names.split())


@dataclass(frozen=True)
class Chord:
    """A chord as the band plays it: the guitar's strings, the keys' hand, the pad's voices."""

    guitar: tuple[int, ...]
    keys: tuple[int, ...]
    pad: tuple[int, ...]


def _chord(guitar: str, keys: str, pad: str) -> Chord:
    return Chord(pitches(guitar), pitches(keys), pitches(pad))


CHORDS = {
    "Bb9": _chord("Bb2 F3 C4 D4 F4", "Bb3 C4 D4 F4", "Bb3 D4 F4 C5"),
    "Bb": _chord("Bb2 F3 Bb3 D4 F4", "Bb3 D4 F4", "Bb3 D4 F4 Bb4"),
    "Bb/D": _chord("D3 F3 Bb3 D4 F4", "Bb3 D4 F4", "Bb3 D4 F4 Bb4"),
    "F/A": _chord("A2 F3 A3 C4 F4", "A3 C4 F4", "A3 C4 F4 C5"),
    "F": _chord("F2 C3 F3 A3 C4 F4", "A3 C4 F4", "A3 C4 F4 A4"),
    "Fsus": _chord("F2 C3 F3 Bb3 C4 F4", "Bb3 C4 F4", "Bb3 C4 F4 Bb4"),
    "Gm7": _chord("G2 D3 F3 Bb3 D4", "Bb3 D4 F4 G4", "Bb3 D4 F4 G4"),
    "Eb7": _chord("Eb3 Bb3 D4 G4", "Bb3 D4 Eb4 G4", "Bb3 D4 G4 Bb4"),
    "Eb": _chord("Eb3 Bb3 Eb4 G4 Bb4", "Bb3 Eb4 G4", "Bb3 Eb4 G4 Bb4"),
    "Cm7": _chord("C3 G3 Bb3 Eb4 G4", "Bb3 C4 Eb4 G4", "Bb3 Eb4 G4 C5"),
}

# One entry a bar; two names share the bar equally.
HARMONY = (
    *("Bb9", "Eb7 F"),
    *("Bb9", "F/A", "Gm7", "Eb7", "Bb9", "F/A", "Cm7", "Fsus F"),
    *("Eb", "Bb/D", "F", "Gm7", "Eb", "Bb/D", "Cm7 F", "Bb"),
    "Bb9",
)


def chords_of_bar(bar: int) -> list[tuple[float, float, Chord]]:
    """The bar's chords as (beat from the song's start, length in beats, chord)."""
    names = HARMONY[bar].split()
    length = BEATS_PER_BAR / len(names)
    start = bar * BEATS_PER_BAR
    return [(start + i * length, length, CHORDS[name]) for i, name in enumerate(names)]


@dataclass(frozen=True)
class Syllable:
    """A sung syllable: its letters, its phones (CMU set), and the notes it is sung on."""

    text: str
    phones: tuple[str, ...]
    start: float  # beat within the line
    notes: tuple[tuple[int, float], ...]  # (pitch, length in beats); several make a melisma
    level_db: float = 0.0

    @property
    def length(self) -> float:
        """Length in beats of all its notes."""
        return sum(length for _, length in self.notes)


@dataclass(frozen=True)
class Line:
    """A line of the lyrics, one breath long."""

    words: str
    bar: int
    syllables: tuple[Syllable, ...]
    low: tuple[int, ...] = ()  # harmony below the melody, one pitch a note
    high: tuple[int, ...] = ()

    @property
    def melody(self) -> tuple[int, ...]:
        """The pitches of the melody, one a note."""
        return tuple(note for syllable in self.syllables for note, _ in syllable.notes)

    def start_s(self, syllable: Syllable) -> float:
        """When a syllable's first note begins, in seconds."""
        return seconds(self.bar * BEATS_PER_BAR + syllable.start)


def _sung(text: str, phones: str, start: float, notes: str, level_db: float = 0.0) -> Syllable:
    pairs = tuple(note.split(":") for note in notes.split())
    sung = tuple((pitch(name), float(length)) for name, length in pairs)
    return Syllable(text, tuple(phones.split()), start, sung, level_db)


LYRICS = (
    Line(
        "Morning light is on the stairs",
        2,
        (
            _sung("Mor-", "m ao r", 0.0, "D4:0.75"),
            _sung("ning", "n ih ng", 0.75, "C4:0.75", -1.0),
            _sung("light", "l ay t", 1.5, "Bb3:1", 0.5),
            _sung("is", "ih z", 2.5, "Bb3:0.5", -1.5),
            _sung("on", "aa n", 3.0, "C4:0.5", -0.5),
            _sung("the", "dh ax", 3.5, "D4:0.5", -2.0),
            _sung("stairs", "s t eh r z", 4.0, "C4:2.4", 0.5),
        ),
    ),
    Line(
        "Coffee singing in the air",
        4,
        (
            _sung("Cof-", "k aa f", 0.0, "D4:0.75"),
            _sung("fee", "iy", 0.75, "C4:0.75", -1.0),
            _sung("sing-", "s ih ng", 1.5, "Bb3:1", 0.5),
            _sung("ing", "ih ng", 2.5, "Bb3:0.5", -1.5),
            _sung("in", "ih n", 3.0, "C4:0.5", -1.0),
            _sung("the", "dh iy", 3.5, "Eb4:0.5", -1.5),
            _sung("air", "eh r", 4.0, "D4:1 C4:0.5 Bb3:1.1", 0.5),
        ),
    ),
    Line(
        "Every little sound I know",
        6,
        (
            _sung("Ev-", "eh v", 0.0, "D4:0.75"),
            _sung("'ry", "er iy", 0.75, "Eb4:0.75", -1.0),
            _sung("lit-", "l ih t", 1.5, "F4:1", 0.5),
            _sung("tle", "ax l", 2.5, "Eb4:0.5", -1.5),
            _sung("sound", "s aw n d", 3.0, "D4:0.5"),
            _sung("I", "ay", 3.5, "Eb4:0.5", -0.5),
            _sung("know", "n ow", 4.0, "F4:1 Eb4:0.5 C4:1", 0.5),
        ),
    ),
    Line(
        "Has a place it wants to go",
        8,
        (
            _sung("Has", "hh ae z", 0.0, "Eb4:0.75"),
            _sung("a", "ax", 0.75, "D4:0.75", -1.5),
            _sung("place", "p l ey s", 1.5, "C4:1", 0.5),
            _sung("it", "ih t", 2.5, "Bb3:0.5", -1.0),
            _sung("wants", "w aa n t s", 3.0, "C4:0.5"),
            _sung("to", "t ax", 3.5, "Eb4:0.5", -1.5),
            _sung("go", "g ow", 4.0, "F4:2.4", 1.0),
        ),
    ),
    Line("Oh", 9, (_sung("Oh", "ow", 3.0, "F4:0.9", 0.5),), pitches("D4")),
    Line(
        "Lift it up and let it shine",
        10,
        (
            _sung("Lift", "l ih f t", 0.0, "G4:1", 0.5),
            _sung("it", "ih t", 1.0, "F4:0.5", -1.0),
            _sung("up", "ah p", 1.5, "G4:1.5", 0.5),
            _sung("and", "ae n d", 3.0, "F4:0.5", -1.0),
            _sung("let", "l eh t", 3.5, "F4:0.5"),
            _sung("it", "ih t", 4.0, "D4:0.5", -1.0),
            _sung("shine", "sh ay n", 4.5, "F4:2.4", 1.0),
        ),
        pitches("Eb4 D4 Eb4 D4 D4 Bb3 D4"),
    ),
    Line(
        "Every voice a silver line",
        12,
        (
            _sung("Ev-", "eh v", 0.0, "A4:1", 0.5),
            _sung("'ry", "er iy", 1.0, "G4:0.5", -1.0),
            _sung("voice", "v oy s", 1.5, "A4:1.5", 0.5),
            _sung("a", "ax", 3.0, "G4:0.5", -1.5),
            _sung("sil-", "s ih l", 3.5, "F4:0.5"),
            _sung("ver", "v er", 4.0, "F4:0.5", -1.0),
            _sung("line", "l ay n", 4.5, "G4:1.25 F4:0.5 D4:0.7", 1.0),
        ),
        pitches("F4 Eb4 F4 Eb4 D4 D4 D4 D4 Bb3"),
    ),
    Line(
        "Take the pieces one by one",
        14,
        (
            _sung("Take", "t ey k", 0.0, "G4:1", 0.5),
            _sung("the", "dh ax", 1.0, "F4:0.5", -1.5),
            _sung("piec-", "p iy s", 1.5, "G4:1", 0.5),
            _sung("es", "ax z", 2.5, "F4:0.5", -1.0),
            _sung("one", "w ah n", 3.0, "F4:0.5"),
            _sung("by", "b ay", 3.5, "D4:1"),
            _sung("one", "w ah n", 4.5, "F4:2.4", 1.0),
        ),
        pitches("Eb4 D4 Eb4 D4 D4 Bb3 D4"),
        pitches("Bb4 Bb4 Bb4 Bb4 Bb4 F4 Bb4"),
    ),
    Line(
        "And we'll sing it like the sun",
        16,
        (
            _sung("And", "ae n d", 0.0, "Eb4:0.5", -1.0),
            _sung("we'll", "w iy l", 0.5, "Eb4:0.5", -0.5),
            _sung("sing", "s ih ng", 1.0, "G4:1", 0.5),
            _sung("it", "ih t", 2.0, "F4:0.5", -1.0),
            _sung("like", "l ay k", 2.5, "Eb4:0.5"),
            _sung("the", "dh ax", 3.0, "C4:1", -1.0),
            _sung("sun", "s ah n", 4.0, "D4:0.75 C4:0.5 Bb3:3.2", 1.0),
        ),
        pitches("C4 C4 Eb4 D4 C4 A3 Bb3 A3 F3"),
        pitches("G4 G4 Bb4 A4 G4 Eb4 F4 Eb4 D4"),
    ),
)

# The bass, a bar a line: beat, length, pitch; ">" marks an accent, "~" a soft passing note.
BASS = {
    0: "0 3.9 Bb1",
    1: "0 1.4 Eb2 | 1.5 0.4 Eb2~ | 2 1 F2 | 3 0.4 F1 | 3.5 0.4 A1~",
    2: "0 1.3 Bb1> | 1.5 0.45 Bb1 | 2 0.9 Bb1 | 3 0.4 F2~ | 3.5 0.45 Bb1~",
    3: "0 1.3 A1> | 1.5 0.45 A1 | 2 0.9 A1 | 3 0.45 C2~ | 3.5 0.45 A1~",
    4: "0 1.3 G1> | 1.5 0.45 G1 | 2 0.9 G1 | 3 0.45 D2~ | 3.5 0.45 F2~",
    5: "0 1.3 Eb2> | 1.5 0.45 Eb2 | 2 0.9 Eb2 | 3 0.45 D2~ | 3.5 0.45 C2",
    6: "0 1.3 Bb1> | 1.5 0.45 Bb1 | 2 0.9 Bb1 | 3 0.45 D2~ | 3.5 0.2 F2~ | 3.75 0.2 Bb1~",
    7: "0 1.3 A1> | 1.5 0.45 A1 | 2 0.9 F1 | 3 0.45 A1~ | 3.5 0.45 Bb1~",
    8: "0 1.3 C2> | 1.5 0.45 C2 | 2 0.9 C2 | 3 0.45 G2~ | 3.5 0.45 Eb2~",
    9: "0 1.3 F1> | 1.5 0.45 F1 | 2 0.7 F2 | 2.75 0.2 F2~ | 3 0.45 F1 | 3.5 0.45 D2",
    10: "0 0.7 Eb2> | 0.75 0.7 Eb2 | 1.5 0.45 Bb1~ | 2 0.9 Eb2> | 3 0.45 Bb2~ | 3.5 0.45 Eb2",
    11: "0 0.7 D2> | 0.75 0.7 D2 | 1.5 0.45 D2~ | 2 0.9 D2> | 3 0.45 D2~ | 3.5 0.45 E2",
    12: "0 0.7 F2> | 0.75 0.7 F2 | 1.5 0.45 C2~ | 2 0.9 F2> | 3 0.45 F1 | 3.5 0.45 Gb1",
    13: "0 0.7 G1> | 0.75 0.7 G1 | 1.5 0.45 D2~ | 2 0.9 G1> | 3 0.45 F2~ | 3.5 0.45 D2",
    14: "0 0.7 Eb2> | 0.75 0.7 Eb2 | 1.5 0.45 Bb1~ | 2 0.9 Eb2> | 3 0.45 G2~ | 3.5 0.45 Eb2",
    15: "0 0.7 D2> | 0.75 0.7 D2 | 1.5 0.45 D2~ | 2 0.9 D2> | 3 0.45 D2~ | 3.5 0.45 Db2",
    16: "0 0.7 C2> | 0.75 0.7 C2 | 1.5 0.45 C2~ | 2 0.9 F1> | 3 0.45 F1 | 3.5 0.45 A1",
    17: "0 0.7 Bb1> | 0.75 0.7 Bb1 | 1.5 0.4 D2~ | 2 0.4 F2 | 2.5 0.4 D2~ | 3 0.4 C2 | 3.5 0.4 A1",
    18: "0 5 Bb1>",
}

# Drums, sixteen steps a bar: X accent, x plain, o ghost, "." nothing.
DRUMS = {
    "intro a": {"shaker": "xoxoXoxoxoxoXoxo", "kick": "x" + "." * 15},
    "intro b": {
        "shaker": "xoxoXoxoxoxoXoxo",
        "kick": "x.....x.x.......",
        "hat": "x.o.x.o.x.o.....",
        "snare": "............oxXX",
        "tom": ".............." + "xX",
    },
    "verse a": {
        "kick": "X.....x.x.......",
        "snare": "....X..o.o..X...",
        "hat": "X.x.X.x.X.x.X.xo",
        "shaker": "o.o.x.o.o.o.x.o.",
    },
    "verse b": {
        "kick": "X.....x.x....x..",
        "snare": "....X..o....X..o",
        "hat": "X.xoX.x.X.x.X...",
        "open": "..............o.",
        "shaker": "o.o.x.o.o.o.x.o.",
    },
    "verse fill": {
        "kick": "X.....x.x.......",
        "snare": "....X..o.o..XoxX",
        "hat": "X.x.X.x.X.x.....",
        "shaker": "o.o.x.o.o.o.x.o.",
    },
    "build": {
        "kick": "X.....x.x...x.x.",
        "snare": "....X...o.xoXxXX",
        "hat": "X.x.X.x.X.......",
        "tom": "............xxXX",
    },
    "chorus a": {
        "kick": "X..x..x.X..x....",
        "snare": "....X..o....X...",
        "clap": "....x.......x...",
        "open": "x...x...x...x...",
        "hat": "..x...x...x...x.",
        "tambourine": "xoXoxoXoxoXoxoXo",
    },
    "chorus b": {
        "kick": "X..x..x.X.x...x.",
        "snare": "....X..o.o..X..o",
        "clap": "....x.......x...",
        "open": "x...x...x...x...",
        "hat": "..x...x...x...x.",
        "tambourine": "xoXoxoXoxoXoxoXo",
    },
    "chorus fill": {
        "kick": "X..x..x.X...x...",
        "snare": "....X..o.oxoXxxX",
        "clap": "....x.......x...",
        "open": "x...x...x.......",
        "hat": "..x...x.........",
        "tambourine": "xoXoxoXoxoXoX...",
        "tom": "..............xX",
    },
    "end": {"kick": "X" + "." * 15, "snare": "x" + "." * 15},
}
DRUM_BARS = (
    *("intro a", "intro b"),
    *("verse a", "verse b", "verse a", "verse fill", "verse a", "verse b", "verse a", "build"),
    *("chorus a", "chorus b", "chorus a", "chorus fill"),
    *("chorus a", "chorus b", "chorus a", "chorus fill"),
    "end",
)
CRASHES = {2: 0.55, 6: 0.45, 10: 1.0, 14: 0.85, 18: 1.0}  # bar: strength

# The hook: (beat, pitch, length). It opens the song and answers the voice in the chorus.
HOOK = {
    0: "0 D5 0.5 | 0.5 F5 1 | 1.5 Bb5 1 | 2.5 A5 0.5 | 3 F5 1",
    1: "0 G5 0.5 | 0.5 Bb5 1 | 1.5 D6 0.5 | 2 C6 1 | 3 A5 0.5 | 3.5 F5 0.5",
    3: "3 C5 0.5 | 3.5 F5 0.5",
    5: "2.5 D5 0.5 | 3 F5 0.5 | 3.5 Bb5 0.5",
    11: "2 D5 0.5 | 2.5 F5 0.5 | 3 Bb5 0.5 | 3.5 A5 0.5",
    13: "2.5 D5 0.5 | 3 F5 0.5 | 3.5 G5 0.5",
    15: "2 D5 0.5 | 2.5 F5 0.5 | 3 Bb5 0.5 | 3.5 D6 0.5",
    17: "1.5 D5 0.5 | 2 F5 0.5 | 2.5 Bb5 0.5 | 3 A5 0.5 | 3.5 C6 0.5",
    18: "0 D6 4",
}
