"""Many songs into a folder, SONG/{vocals,bass,drums,other}.flac: a data set for who has none."""

import csv
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import Samples
from remixer.errors import InputError, OutputError
from remixer.training.generator import oneshots
from remixer.training.generator.arrange import find_styles
from remixer.training.generator.render import RATE, find_fonts
from remixer.training.generator.song import Palette, make_song
from remixer.training.generator.speech import check_speaker

SETTINGS = "generator.json"
FACTS = "song.json"
MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class Order:
    """What to generate: songs 1 to `songs` of a seed, `seconds` long each."""

    songs: int
    seed: int
    seconds: float


def find_palette(
    midi: Path | None = None,
    vocals: Path | None = None,
    samples: Path | None = None,
    kits: Path | None = None,
    fonts: Sequence[Path] = (),
    arranged: float = 0.0,
    spoken: float = 0.0,
    speech: Path | None = None,
) -> Palette:
    """What lies in the folders. Where a manifest.csv beside or above a folder names splits, only
    its train rows are used.

    samples: with the folders bass and other. arranged, spoken, speech: see `Palette`. Raises
    InputError for a folder that holds nothing of its kind, or when FluidSynth, a sound font, or MMA
    or espeak-ng where they are used, is missing.
    """
    if spoken and speech is None:
        check_speaker()
    return Palette(
        fonts=find_fonts(fonts),
        midi=_files(midi, (".mid", ".midi"), "MIDI files"),
        vocals=_files(vocals, oneshots.SUFFIXES, "sung recordings"),
        bass=_shots(samples, "bass"),
        other=_shots(samples, "other"),
        kits=_kits(kits),
        arranged=arranged,
        styles=find_styles() if arranged else (),
        spoken=spoken,
        speech=_files(speech, oneshots.SUFFIXES, "recordings of speech") if spoken else (),
    )


def generate(palette: Palette, order: Order, out: Path, workers: int) -> Iterator[tuple[str, bool]]:
    """Make the songs that are not there yet: (name, whether it was made now), as they are done.

    A song's folder appears when it is whole, so an interrupted run goes on where it was. Raises
    OutputError when the folder holds songs of other settings, or a song cannot be written.
    """
    _claim(out, _settings(palette, order))
    names = [f"song{number:04d}" for number in range(1, order.songs + 1)]
    missing = [name for name in names if not (out / name).is_dir()]
    yield from ((name, False) for name in names if name not in missing)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {
            pool.submit(write_song, palette, order, int(name[4:]), out / name): name
            for name in missing
        }
        try:
            for job in as_completed(jobs):
                job.result()
                yield jobs[job], True
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def write_song(palette: Palette, order: Order, number: int, folder: Path) -> None:
    """A song's stems as 16-bit FLAC, and song.json with what they were made from."""
    song = make_song(palette, order.seed, number, order.seconds)
    part = folder.parent / f".{folder.name}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        for stem, samples in song.stems.items():
            _write(part / f"{stem}.flac", samples)
        (part / FACTS).write_text(json.dumps(song.facts, indent=2) + "\n")
        part.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(path: Path, samples: Samples) -> None:
    with AudioWriter(
        path, rate=RATE, channels=2, format="FLAC", subtype="PCM_16", length=samples.shape[1]
    ) as writer:
        writer.write(samples)


def _settings(palette: Palette, order: Order) -> dict[str, Any]:
    """What decides how the songs sound, besides their number."""
    return {
        "seed": order.seed,
        "seconds": order.seconds,
        "fonts": [font.name for font in palette.fonts],
        "midi": len(palette.midi),
        "vocals": len(palette.vocals),
        "bass": sorted(palette.bass),
        "other": sorted(palette.other),
        "kits": [kit.name for kit in palette.kits],
        **({"mma": palette.arranged, "styles": len(palette.styles)} if palette.styles else {}),
        **({"spoken": palette.spoken, "speech": len(palette.speech)} if palette.spoken else {}),
    }


def _claim(out: Path, settings: dict[str, Any]) -> None:
    path = out / SETTINGS
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(json.dumps(settings, indent=2) + "\n")
        elif json.loads(path.read_text()) != settings:
            raise OutputError(
                f"{out} holds songs of another seed or other sources ({SETTINGS}): "
                "choose another folder"
            )
    except (OSError, ValueError) as error:
        raise OutputError(f"{out} cannot take songs: {error}") from error


def _files(folder: Path | None, suffixes: Sequence[str], what: str) -> tuple[Path, ...]:
    if folder is None:
        return ()
    files = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in suffixes and p.is_file()]
    kept = tuple(path for path in files if path not in _held_out(folder))
    if not kept:
        raise InputError(f"{folder} holds no {what}: give a folder of {', '.join(suffixes)}")
    return kept


def _held_out(folder: Path) -> frozenset[Path]:
    """Files that a manifest.csv, in the folder or above it, puts elsewhere than in train."""
    for base in (folder, folder.parent):
        manifest = base / MANIFEST
        if manifest.is_file():
            with manifest.open(newline="", encoding="utf-8-sig") as lines:
                rows = list(csv.DictReader(lines))
            return frozenset(
                base / (row.get("path") or "") for row in rows if row.get("split") != "train"
            )
    return frozenset()


def _shots(folder: Path | None, stem: str) -> dict[str, tuple[Path, ...]]:
    if folder is None:
        return {}
    sets = oneshots.find_shots(folder / stem)
    if not sets:
        raise InputError(
            f"{folder} holds no one-shots of {stem}: expected {folder / stem}/SET/*.wav"
        )
    return sets


def _kits(folder: Path | None) -> tuple[Path, ...]:
    kits = oneshots.find_kits(folder) if folder is not None else ()
    if folder is not None and not kits:
        raise InputError(
            f"{folder} holds no drum kits with a kick and a snare: give a folder of Hydrogen's "
            "KIT/drumkit.xml (apt-get install hydrogen-drumkits)"
        )
    return kits
