"""Spoken lines as a vocals stem: recordings of speech, or espeak-ng saying words drawn from the
seed.
"""

import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from remixer.audio.reader import open_audio
from remixer.audio.resample import resample
from remixer.dsp.signal import Samples
from remixer.errors import InputError, RemixerError
from remixer.training.generator import effects
from remixer.training.generator.render import RATE

ADVICE = "apt-get install espeak-ng, or name a folder of recordings with --speech"
VOICES = (
    *("en-gb", "en-gb-scotland", "en-gb-x-rp", "en-us", "en-029", "de", "fr-fr", "es", "it"),
    *("cs", "nl", "pl", "pt-br", "sv", "fi", "tr"),
)
"""Languages of espeak-ng. All read the same words, each in its own sounds."""
VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "f5", "croak")
_WORDS = """
the a my your this one river house morning window garden winter silver road mother paper engine
mountain stranger summer machine letter echo captain shadow kitchen radio signal forest diamond
ocean whisper thunder people mirror station coffee bottle colour sailor never always slowly again
below between before under over and but if because when where who falls turns breaks comes waits
burns listens opens carries follows remembers begins moves shines believes answers jumps closes
heavy quiet golden yellow broken electric little distant seven twenty hundred yes no hey stop go now
tonight
"""
WORDS = tuple(_WORDS.split())
LEVEL = 0.1
_LONGEST_S = 60


def check_speaker() -> None:
    """Raises InputError, with the package to install, where espeak-ng is missing."""
    if shutil.which("espeak-ng") is None:
        raise InputError(f"spoken lines need espeak-ng, which is not installed: {ADVICE}")


def speak(rng: Generator, clips: Sequence[Path], seconds: float) -> tuple[Samples, dict[str, Any]]:
    """Lines with rests between them, (2, seconds) at 44.1 kHz, both channels alike; and what they
    are: clips that follow each other in the order of their names, from a place that is drawn, or
    without clips words by one voice of espeak-ng.

    Raises RemixerError when a clip cannot be read, or espeak-ng fails.
    """
    facts: dict[str, Any] = {}
    lines = _clips(rng, clips, facts) if clips else _said(rng, facts)
    out = np.zeros((2, round(seconds * RATE)))
    at = round(rng.uniform(0.1, 1.5) * RATE)
    for line in lines:
        piece = line[: out.shape[1] - at]
        out[:, at : at + piece.size] += piece
        at += piece.size + round(rng.uniform(0.15, 1.8) * RATE)
        if at > out.shape[1] - RATE // 4:
            return out, facts
    return out, facts


def _clips(rng: Generator, clips: Sequence[Path], facts: dict[str, Any]) -> Iterator[Samples]:
    """Recordings one after the other, round and round, at one level each; silent ones are passed
    over.
    """
    first = int(rng.integers(len(clips)))
    facts["clips"] = []
    for number in itertools.count():
        path = clips[(first + number) % len(clips)]
        line = _read(path)
        level = effects.active_level(np.stack([line, line]))
        if level:
            facts["clips"].append(path.name)
            yield line * (LEVEL / level)
        elif number >= len(clips) and not facts["clips"]:
            return


def _said(rng: Generator, facts: dict[str, Any]) -> Iterator[Samples]:
    voice = f"{VOICES[int(rng.integers(len(VOICES)))]}+{VARIANTS[int(rng.integers(len(VARIANTS)))]}"
    pitch, rate = int(rng.integers(15, 85)), int(rng.integers(110, 210))
    facts.update(voice=voice, pitch=pitch, words_a_minute=rate, lines=[])
    while True:
        words = [WORDS[int(i)] for i in rng.integers(0, len(WORDS), int(rng.integers(3, 11)))]
        line = " ".join(words) + str(rng.choice([".", ".", "!", "?"]))
        facts["lines"].append(line)
        yield say(line, voice, pitch + int(rng.integers(-5, 6)), rate)


def say(line: str, voice: str, pitch: int, rate: int) -> Samples:
    """A line by a voice of espeak-ng, (samples,) at 44.1 kHz. pitch: 0 to 99; rate: words a minute.

    Raises RemixerError when espeak-ng fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "line.wav"
        command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(rate), "-w", str(sound)]
        try:
            done = subprocess.run(
                [*command, line], capture_output=True, text=True, check=False, timeout=_LONGEST_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RemixerError(f"espeak-ng could not be run ({error}): {ADVICE}") from error
        if done.returncode or not sound.is_file():
            said = (done.stderr or done.stdout).strip().splitlines()
            raise RemixerError(
                f"espeak-ng failed with {voice}: {said[-1] if said else 'no message'}"
            )
        return _read(sound)


def _read(path: Path) -> Samples:
    """A recording's channel mean, (samples,) at 44.1 kHz, faded at its ends."""
    with open_audio(path) as reader:
        heard = reader.read(0, min(reader.length, _LONGEST_S * reader.rate))
        samples = resample(heard.mean(axis=0, keepdims=True), reader.rate, RATE)
    return np.asarray(effects.fade(samples, 0.01)[0])
