"""Songs arranged by MMA, Musical MIDI Accompaniment: chords of ours in a style of its library, and
a tune to sing over them.
"""

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.random import Generator

from remixer.errors import InputError, RemixerError
from remixer.training.generator.compose import Plan, draw_chords, draw_plan, draw_tune
from remixer.training.generator.midi import read_midi
from remixer.training.generator.score import Part, Score, excerpt

ADVICE = "apt-get install mma"
LIBRARIES = (Path("/usr/share/mma/lib"), Path("/usr/local/share/mma/lib"))
FOUR = {"4", "4/4"}
_TIME = re.compile(r"^\s*Time\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_GROOVE = re.compile(r"^\s*DefGroove\s+([^\s\\]+)", re.IGNORECASE | re.MULTILINE)
_ASIDE = re.compile(r"intro|end|metronome|^none|count", re.IGNORECASE)
_FILL = re.compile("fill", re.IGNORECASE)
_SWUNG = re.compile("swing|shuffle|jazz|blues|boogie|boggie", re.IGNORECASE)
NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
TRIADS: dict[tuple[int, ...], str] = {(4, 7): "", (3, 7): "m", (3, 6): "dim"}
SEVENTHS: dict[tuple[int, ...], str] = {
    (4, 7, 11): "M7",
    (4, 7, 10): "7",
    (3, 7, 10): "m7",
    (3, 6, 10): "m7b5",
}
TRIES = 8
"""Styles looked at for one with bass, drums and other."""
_LONGEST_S = 120


@dataclass(frozen=True)
class Style:
    """A file of MMA's library whose bars have four beats. name: "stdlib/bossanova"; grooves: for
    verses, fills: for the bar before something new.
    """

    name: str
    grooves: tuple[str, ...]
    fills: tuple[str, ...]


def find_styles() -> tuple[Style, ...]:
    """The styles of the installed MMA in order of name.

    Raises InputError, with the package to install, where MMA or its library is missing.
    """
    library = next((folder for folder in LIBRARIES if folder.is_dir()), None)
    if shutil.which("mma") is None or library is None:
        raise InputError(f"arranging needs MMA with its library, which is not installed: {ADVICE}")
    found = (_style(path) for path in sorted(library.glob("*/*.mma")))
    styles = tuple(style for style in found if style is not None)
    if not styles:
        raise InputError(f"{library} holds no styles of four beats: {ADVICE}")
    return styles


def _style(path: Path) -> Style | None:
    text = path.read_text(encoding="latin-1")
    beats = {found.partition("//")[0] for found in _TIME.findall(text)}
    names = [name for name in _GROOVE.findall(text) if not _ASIDE.search(name)]
    grooves = tuple(name for name in names if not _FILL.search(name))
    if not beats or not beats <= FOUR or not grooves or _ASIDE.search(path.stem):
        return None
    fills = tuple(name for name in names if _FILL.search(name))
    return Style(f"{path.parent.name}/{path.stem}", grooves, fills)


def arrange(
    rng: Generator, styles: Sequence[Style], seconds: float
) -> tuple[Score, dict[str, Any]]:
    """A song that fills `seconds`, preferably with bass, drums and other, and a tune of the stem
    vocals; and what it was made from. The same state of the generator, the same styles and version
    of MMA give the same song.

    Raises RemixerError when MMA fails.
    """
    for _ in range(TRIES):
        parts, plan, chords, facts = _arranged(rng, styles, seconds)
        if {"bass", "drums", "other"} <= {part.stem for part in parts}:
            break
    tune = Part("vocals", 0, draw_tune(rng, plan, chords))
    return excerpt((*parts, tune), 0.0, seconds), facts


def _arranged(
    rng: Generator, styles: Sequence[Style], seconds: float
) -> tuple[Score, Plan, list[int], dict[str, Any]]:
    style = styles[int(rng.integers(len(styles)))]
    drawn = draw_plan(rng)
    tempo = round(240 / drawn.bar)
    plan = replace(drawn, bar=240 / tempo, swing=0.3 if _SWUNG.search(style.name) else 0.0)
    chords = draw_chords(rng, math.ceil(seconds / plan.bar))
    names = chord_names(plan, chords, seventh=rng.random() < 0.35)
    grooves = _grooves(rng, style, len(chords))
    text = _text(int(rng.integers(2**31)), tempo, style.name, grooves, names)
    facts = {
        "style": style.name,
        "grooves": list(dict.fromkeys(grooves)),
        "chords": names[:8],
        "tempo": tempo,
    }
    return _run(text), plan, chords, facts


def chord_names(plan: Plan, chords: Sequence[int], seventh: bool) -> list[str]:
    """Degrees of the scale as MMA writes chords: "Am7"."""
    named = []
    for degree in chords:
        root, *tones = (plan.pitch(degree + step) for step in (0, 2, 4, 6))
        above = tuple(tone - root for tone in tones)
        kind = SEVENTHS[above] if seventh else TRIADS[above[:2]]
        named.append(NAMES[root % 12] + kind)
    return named


def _grooves(rng: Generator, style: Style, bars: int) -> list[str]:
    """A groove for each bar: two that take turns every eight bars, and fills before a turn."""
    count = min(2, len(style.grooves))
    verses = [style.grooves[int(i)] for i in rng.choice(len(style.grooves), count, replace=False)]
    fill = style.fills[int(rng.integers(len(style.fills)))] if style.fills else None
    grooves = [verses[bar // 8 % count] for bar in range(bars)]
    return [fill if fill and bar % 8 == 7 else groove for bar, groove in enumerate(grooves)]


def _text(seed: int, tempo: int, style: str, grooves: Sequence[str], chords: Sequence[str]) -> str:
    """A song as MMA reads it. Basses sound as basses: some grooves have guitars play them."""
    lines = [f"RndSeed {seed}", f"Tempo {tempo}"]
    before = ""
    for bar, (groove, chord) in enumerate(zip(grooves, chords, strict=True), 1):
        if groove != before:
            lines += [f"Groove {style}:{groove}", "Bass Voice FingeredBass"]
            before = groove
        lines.append(f"{bar} {chord}")
    return "\n".join(lines) + "\n"


def _run(text: str) -> Score:
    with tempfile.TemporaryDirectory() as folder:
        source, made, settings = (Path(folder) / n for n in ("song.mma", "song.mid", "mmarc"))
        source.write_text(text)
        settings.write_text("")  # the user's own would change the song
        command = ["mma", "-w", "-i", str(settings), "-f", str(made), str(source)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_LONGEST_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RemixerError(f"MMA could not be run ({error}): {ADVICE}") from error
        if done.returncode or not made.is_file():
            said = " ".join((done.stdout + done.stderr).split())
            raise RemixerError(f"MMA failed: {said[-200:] or 'no message'}")
        return read_midi(made)
