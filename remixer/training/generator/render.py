"""Parts become sound: FluidSynth's command line plays them with a sound font."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from remixer.audio.reader import open_audio
from remixer.dsp.signal import Samples
from remixer.errors import InputError, RemixerError
from remixer.training.generator.midi import write_midi
from remixer.training.generator.score import Part

RATE = 44_100
FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))
FONTS = ("FluidR3_GM.sf2", "MuseScore_General_Lite.sf3", "TimGM6mb.sf2")
"""Sound fonts of Debian that cover General MIDI, each sounding unlike the others."""
ADVICE = "apt-get install fluidsynth fluid-soundfont-gm"
_TAIL_S = 1.0
_LONGEST_S = 600


def find_fonts(named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The sound fonts to play with: those named, or those of `FONTS` that are installed.

    Raises InputError when one that is named is missing, or there is none; the message names the
    packages to install.
    """
    for font in named:
        if not font.is_file():
            raise InputError(f"there is no sound font {font}: check its name")
    fonts = tuple(named) or tuple(
        folder / name for name in FONTS for folder in FOLDERS if (folder / name).is_file()
    )
    if shutil.which("fluidsynth") is None or not fonts:
        lacking = "fluidsynth" if shutil.which("fluidsynth") is None else "a sound font"
        raise InputError(f"making music needs {lacking}, which is not installed: {ADVICE}")
    return fonts


def render(parts: Sequence[Part], seconds: float, font: Path) -> Samples:
    """Parts played dry, (2, seconds) at 44.1 kHz, without reverb and chorus; the same every time.

    Raises RemixerError when FluidSynth fails.
    """
    wanted = round(seconds * RATE)
    if not parts:
        return np.zeros((2, wanted))
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        write_midi(score, parts, seconds + _TAIL_S)
        _play(score, sound, font)
        with open_audio(sound) as reader:
            samples = reader.read(0, min(wanted, reader.length))
    return np.pad(samples, ((0, 0), (0, wanted - samples.shape[1])))


def _play(score: Path, sound: Path, font: Path) -> None:
    settings = ("-r", str(RATE), "-g", "0.4", "-R", "0", "-C", "0", "-o", "synth.cpu-cores=1")
    command = ["fluidsynth", "-n", "-i", "-q", "-T", "wav", "-O", "float", *settings]
    try:
        done = subprocess.run(
            [*command, "-F", str(sound), str(font), str(score)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RemixerError(f"FluidSynth could not be run ({error}): {ADVICE}") from error
    if done.returncode or not sound.is_file():
        said = (done.stderr or done.stdout).strip().splitlines()
        raise RemixerError(f"FluidSynth failed with {font}: {said[-1] if said else 'no message'}")
