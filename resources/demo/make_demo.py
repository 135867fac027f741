"""Render the demo song "One by One": the finished mix and its four true stems.

The stems are rounded to the 24-bit grid and the mix is their sum as integers, so the four stem
files add up to the mix file exactly. Only gains common to all stems act after the stems' own
processing.

Usage: python make_demo.py [--out FOLDER] [--seed N]      (packages: README.md)
"""

import argparse
import json
from pathlib import Path

import band
import numpy as np
import score
import soundfile
import studio
import voice
from artwork import cover_png
from mutagen.flac import FLAC, Picture
from numpy.typing import NDArray
from studio import (
    RATE,
    at_loudness,
    bell,
    compress,
    high_pass,
    high_shelf,
    low_pass,
    low_shelf,
    pan,
    plate_response,
    reverb,
    saturate,
    widen,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

SEED = 2026
STEMS = ("vocals", "bass", "drums", "other")
FULL_SCALE = 2**23
LOUDNESS_LUFS = -13.0
CEILING_DB = -1.0
# Loudness of each stem before the mix's own gain; only the differences matter.
STEM_LUFS = {"vocals": -17.0, "bass": -20.5, "drums": -18.6, "other": -19.0}
# Bits each stem is rounded to, of the file's 24. The samples behind two of them have 16 bits; FLAC
# packs what is not used, and the mix, being the sum, uses all 24.
STEM_BITS = {"vocals": 24, "bass": 24, "drums": 21, "other": 21}
LICENCE = "CC0-1.0"


def _place(out: Array, take: voice.Take, gain_db: float) -> None:
    start = round(take.start_s * RATE)
    length = min(len(take.samples), out.shape[-1] - start)
    out[start : start + length] += studio.gain(gain_db) * take.samples[:length]


def _sung(style: voice.Style, part: str, lines: tuple[score.Line, ...]) -> Array:
    """One singer's part through the song, mono."""
    out = band.silence()[0]
    for line in lines:
        notes = {"lead": line.melody, "low": line.low, "high": line.high}[part]
        if notes:
            _place(out, voice.sing(line, notes, style), 0.0)
    return out


def _breaths(seed: int) -> Array:
    rng = band.dice(seed, "breaths")
    out = band.silence()[0]
    for line in score.LYRICS:
        if line.words.startswith("Lift"):
            continue  # sung on from "Oh"
        length = rng.uniform(0.22, 0.32)
        end = line.start_s(line.syllables[0]) - 0.13
        take = voice.Take(end - length, voice.breath(rng, length), np.zeros(0))
        _place(out, take, -31.0)
    return out


def _vocal_chain(x: Array) -> Array:
    """Clean, even, bright: what a mixing engineer does to a lead voice."""
    x = high_pass(x, 110, 3)
    x = studio.de_ess(x, -9.0)
    x = bell(x, 300, -2.0, 0.9)
    x = bell(x, 2_800, 1.5, 0.8)
    x = high_shelf(x, 8_500, 2.0)
    x = compress(x, -24, 3.0, attack_ms=6, release_ms=110)
    return saturate(x, 6.0, 0.5)


def vocals(seed: int) -> Array:
    """Lead, doubles and harmonies, with their plate and their echo."""
    chorus = tuple(line for line in score.LYRICS if line.bar >= 9)
    lead = _sung(voice.Style(seed=seed), "lead", score.LYRICS)
    level = studio.loudness(lead[None])
    make_up = studio.gain(-20.0 - level)
    lead = _vocal_chain((lead + _breaths(seed) * 0.5)[None] * make_up)[0]
    backing = band.silence()
    for style, part, db, place in (
        (voice.Style(seed + 1, 0.985, -5, 0.013, 26, 9, 0.2), "lead", -11.0, -0.55),
        (voice.Style(seed + 2, 1.020, 6, 0.013, 26, 9, 0.2), "lead", -11.0, 0.55),
        (voice.Style(seed + 3, 0.955, -2, 0.012, 24, 8, 0.25), "low", -8.0, -0.7),
        (voice.Style(seed + 4, 0.970, 3, 0.012, 24, 8, 0.25), "low", -10.0, 0.7),
        (voice.Style(seed + 5, 1.040, 3, 0.012, 24, 8, 0.3), "high", -10.0, 0.4),
    ):
        sung = _sung(style, part, chorus)[None] * make_up
        sung = high_pass(_vocal_chain(sung), 180)
        sung = high_shelf(studio.de_ess(sung, -16.0), 6_000, -2.5)
        backing += pan(sung[0], place) * studio.gain(db)
    rng = band.dice(seed, "plate")
    plate = plate_response(rng, decay_s=1.7, before_ms=32)
    dry = pan(lead, 0.0) + backing
    send = high_pass(studio.de_ess(pan(lead, 0.0) + 1.5 * backing, -16.0), 220)
    echo_s = 60.0 / score.TEMPO * 0.75
    echo = studio.delay(pan(lead, -0.6), echo_s) + 0.55 * studio.delay(pan(lead, 0.6), 2 * echo_s)
    echo = low_pass(high_pass(echo, 350), 3_800) * studio.gain(-21.0)
    wet = reverb(send + 1.5 * echo, plate) * studio.gain(-14.5)
    return compress(dry + echo + wet, -18, 1.6, attack_ms=20, release_ms=200)


def bass(seed: int) -> Array:
    """Finger bass: mono, even, with enough of the upper harmonics to be heard on small speakers."""
    x = high_pass(widen(band.bass(seed), 0.0), 32)
    x = at_loudness(x, -20.0)
    x = compress(x, -24, 4.0, attack_ms=14, release_ms=120)
    x = saturate(x, 9.0, 0.6)
    x = low_shelf(x, 75, 1.0)
    x = bell(bell(x, 240, -2.0), 850, 3.0, 0.8)
    return low_pass(x, 5_500)


def drums(seed: int) -> Array:
    """Kick, snare, hats, percussion and cymbals in one room, glued by a bus compressor."""

    def hit(part: str, sound: str, tune: float, lufs: float) -> Array:
        return at_loudness(pan(band.sampled(seed, part, sound, tune), 0.0), lufs)

    def general(part: str, lufs: float, position: float = 0.0, kit: int = 0) -> Array:
        mono = band.gm_drum(seed, part, kit).mean(axis=0)
        return at_loudness(pan(mono, position), lufs)

    kick = hit("kick", "drum_bass_hard", 1.0, -22.0) + hit("kick", "drum_heavy_kick", 1.0, -24.0)
    kick = bell(bell(low_shelf(kick, 70, 1.5), 380, -4.0), 3_600, 3.0)
    snare = hit("snare", "drum_snare_hard", 1.0, -22.0) + general("snare", -24.0)
    snare = bell(high_shelf(bell(snare, 210, 1.5), 7_000, 3.0), 550, -2.0)
    clap = high_pass(general("clap", -33.0), 500)
    hats = at_loudness(pan(high_pass(band.hats(seed), 800), 0.28), -31.5)
    percussion = high_pass(general("tambourine", -36.0, -0.42) + general("shaker", -37.0, 0.5), 900)
    toms = at_loudness(low_shelf(band.toms(seed), 120, 1.5), -30.0)
    cymbals = at_loudness(high_pass(band.crashes(), 700), -31.0)
    cymbals += at_loudness(pan(high_pass(band.swells(), 400), -0.2), -37.0)
    room = plate_response(band.dice(seed, "room"), decay_s=0.45, before_ms=6, highs_hz=7_000)
    hall = plate_response(band.dice(seed, "hall"), decay_s=1.1, before_ms=14)
    dry = kick + snare + clap + hats + percussion + toms + cymbals
    wet = reverb(high_pass(0.25 * kick + snare + clap + 0.5 * hats + toms, 150), room)
    wet = wet * studio.gain(-12.0)
    wet += reverb(high_pass(snare + 0.8 * toms + clap, 300), hall) * studio.gain(-20.0)
    bus = high_pass(dry + wet, 28)
    crushed = saturate(compress(bus, -32, 8.0, attack_ms=4, release_ms=90), 6.0)
    bus = compress(bus + 0.35 * crushed, -16, 2.2, attack_ms=22, release_ms=110)
    return saturate(bus, 3.0, 0.6)


def other(seed: int) -> Array:
    """Keys, guitars, organ, pads and bells: each in its place, thicker from section to section."""
    chorus = (*band.CHORUS, score.LAST_BAR)
    half = (*range(6, 10), *chorus)
    end = score.LAST_BAR

    def keys(x: Array, lufs: float, low_cut: float, width: float = 1.0) -> Array:
        return at_loudness(widen(high_pass(x, low_cut), width), lufs)

    times = np.arange(band.silence().shape[1]) / RATE
    sway = 0.16 * np.sin(2 * np.pi * 4.4 * times)
    rhodes = keys(saturate(band.electric_piano(seed), 6.0, 0.5), -25.0, 140)
    rhodes = high_shelf(bell(rhodes, 300, -3.0), 1_500, 3.0) * np.stack([1 + sway, 1 - sway])
    picked = at_loudness(pan(high_pass(band.picking(seed), 170).mean(axis=0), 0.45), -28.0)
    left = band.strumming(seed, "left", band.STEEL_GUITAR, half).mean(axis=0)
    right = band.strumming(seed, "right", band.NYLON_GUITAR, chorus).mean(axis=0)
    shine = band.strumming(seed, "right", band.STEEL_GUITAR, chorus).mean(axis=0)
    left = at_loudness(pan(high_shelf(high_pass(left, 190, 3), 6_000, 2.0), -0.8), -27.5)
    right = at_loudness(pan(high_pass(right, 190, 3), 0.8), -32.0)
    right += at_loudness(pan(high_shelf(high_pass(shine, 190, 3), 6_000, 2.0), 0.8), -28.5)
    organ = band.sustained(seed, "organ", band.ORGAN, chorus, 70)
    organ = keys(low_pass(organ, 4_500), -34.0, 220, 1.4)
    pad_bars = (0, 1, *range(4, end + 1))
    pad = keys(band.sustained(seed, "pad", band.WARM_PAD, pad_bars, 70), -32.0, 200, 1.5)
    strings = keys(band.sustained(seed, "strings", band.STRINGS, half, 68), -32.0, 240, 1.5)
    piano = keys(band.pulse(seed), -29.0, 160, 0.9)
    bells = at_loudness(pan(band.hook(seed, band.GLOCKENSPIEL).mean(axis=0), -0.35), -34.0)
    tune = at_loudness(pan(band.hook(seed, band.RHODES).mean(axis=0), 0.3), -31.0)
    plate = plate_response(band.dice(seed, "hall of the band"), decay_s=1.9, before_ms=22)
    dry = rhodes + picked + left + right + organ + pad + strings + piano + bells + tune
    send = 0.6 * rhodes + picked + 0.5 * (left + right) + strings + piano + 2.2 * (bells + tune)
    bus = dry + reverb(high_pass(send, 250), plate) * studio.gain(-16.0)
    bus = high_shelf(bell(bell(bus, 280, -3.0, 0.8), 3_000, -1.0, 0.7), 5_000, 2.5)
    return compress(bus, -22, 1.8, attack_ms=25, release_ms=180)


def _ends(x: Array) -> Array:
    """Fade the first 10 ms in and the last 1.6 s out."""
    length = x.shape[1]
    rise = np.clip(np.arange(length) / (0.01 * RATE), 0, 1)
    fall = np.clip((length - 1 - np.arange(length)) / (1.6 * RATE), 0, 1)
    return x * rise * (np.sin(np.pi / 2 * fall) ** 2)


def mix_stems(stems: dict[str, Array]) -> dict[str, Array]:
    """Balance the stems, then apply one gain curve to all: loudness and peak limiting."""
    voice_first = {name: at_loudness(x, STEM_LUFS[name]) for name, x in stems.items()}
    duck = compress(np.ones_like(voice_first["other"]), -30, 1.25, key=voice_first["vocals"])
    voice_first["other"] = voice_first["other"] * duck  # the band steps back while she sings
    balanced = {name: _ends(x) for name, x in voice_first.items()}
    for _ in range(3):  # limiting costs some loudness: make it up
        total = sum(balanced.values())
        drive = studio.gain(LOUDNESS_LUFS - studio.loudness(total))
        driven = {name: x * drive for name, x in balanced.items()}
        curve = studio.limiter_gain(sum(driven.values()), CEILING_DB - 0.05)
        balanced = {name: x * curve for name, x in driven.items()}
    return balanced


def to_grid(stems: dict[str, Array]) -> dict[str, Integers]:
    """The stems as 24-bit integers. Raises if one would clip: nothing is clipped silently."""
    grid = {}
    for name, x in stems.items():
        step = 2 ** (24 - STEM_BITS[name])
        grid[name] = np.round(x * FULL_SCALE / step).astype(np.int64) * step
    grid["mix"] = np.sum([grid[name] for name in STEMS], axis=0)
    for name, samples in grid.items():
        peak = int(np.max(np.abs(samples)))
        if peak >= FULL_SCALE:
            raise ValueError(f"{name} peaks at {peak} of {FULL_SCALE}: lower LOUDNESS_LUFS")
    return grid


def paths(folder: Path) -> dict[str, Path]:
    """Where the mix and the stems are written."""
    stems = {name: folder / "stems" / f"demo - {name}.flac" for name in STEMS}
    return {"mix": folder / "demo.flac", **stems}


def write(folder: Path, grid: dict[str, Integers]) -> None:
    """Write the five FLAC files and the mix's tags and picture."""
    (folder / "stems").mkdir(parents=True, exist_ok=True)
    for name, path in paths(folder).items():
        samples = (grid[name].T * 256).astype(np.int32)
        soundfile.write(path, samples, RATE, subtype="PCM_24", compression_level=1.0)
        _tag(path, name)


def _tag(path: Path, name: str) -> None:
    flac = FLAC(path)
    flac["TITLE"] = score.TITLE if name == "mix" else f"{score.TITLE} ({name})"
    flac["ARTIST"] = "Remixer"
    flac["ALBUM"] = "Remixer demo"
    flac["DATE"] = "2026"
    flac["GENRE"] = "Pop"
    flac["BPM"] = f"{score.TEMPO:g}"
    flac["LICENSE"] = LICENCE
    flac["COMMENT"] = f"Composition, lyrics and recording: {LICENCE}, no rights reserved."
    if name == "mix":
        flac["LYRICS"] = "\n".join(line.words for line in score.LYRICS)
        picture = Picture()
        picture.type, picture.mime, picture.desc = 3, "image/png", "Front cover"
        picture.width = picture.height = 600
        picture.depth, picture.data = 24, cover_png(600)
        flac.add_picture(picture)
    flac.save()


def read_back(folder: Path) -> dict[str, Integers]:
    """The written files, decoded to 24-bit integers."""
    grid = {}
    for name, path in paths(folder).items():
        samples, rate = soundfile.read(path, dtype="int32", always_2d=True)
        if rate != RATE or soundfile.info(path).subtype != "PCM_24":
            raise ValueError(f"{path.name} is not 24-bit at {RATE} Hz")
        grid[name] = samples.T.astype(np.int64) // 256
    return grid


def report(grid: dict[str, Integers]) -> dict[str, object]:
    """What can be measured of the files. Raises if the stems do not add up to the mix."""
    differing = int(np.count_nonzero(np.sum([grid[n] for n in STEMS], axis=0) - grid["mix"]))
    if differing:
        raise ValueError(f"the stems differ from the mix in {differing} samples")
    levels = {}
    for name, samples in grid.items():
        x = samples / FULL_SCALE
        levels[name] = {
            "lufs": round(studio.loudness(x), 2),
            "peak_dbfs": round(float(20 * np.log10(np.max(np.abs(x)))), 2),
            "true_peak_dbtp": round(studio.true_peak_db(x), 2),
        }
    return {"differing_samples": differing, "levels": levels}


def intonation(seed: int) -> dict[str, float]:
    """How well the lead voice, before the mix, is heard on the pitch that was asked for."""
    errors, agreeing = [], []
    for line in score.LYRICS:
        error, agree = voice.pitch_error(voice.sing(line, line.melody, voice.Style(seed=seed)))
        errors.append(error)
        agreeing.append(agree)
    cents, agree = np.concatenate(errors), np.concatenate(agreeing)
    return {
        "median_cents": round(float(np.median(cents)), 2),
        "percentile_95_cents": round(float(np.percentile(cents, 95)), 1),
        "voicing_agreement": round(float(np.mean(agree)), 3),
    }


def song_json(measured: dict[str, object]) -> str:
    """Tempo, sections, lyrics with times, and measured levels, for programs and tests."""
    bar_s = 60.0 / score.TEMPO * score.BEATS_PER_BAR
    song = {
        "title": score.TITLE,
        "artist": "Remixer",
        "licence": LICENCE,
        "tempo_bpm": score.TEMPO,
        "metre": "4/4",
        "key": score.KEY,
        "duration_s": round(band.silence().shape[1] / RATE, 6),
        "first_downbeat_s": score.LEAD_IN_S,
        "sections": [
            {
                "name": name,
                "start_s": round(score.seconds(first * score.BEATS_PER_BAR), 3),
                "bars": bars,
                "chords": list(score.HARMONY[first : first + bars]),
                "end_s": round(
                    score.seconds(first * score.BEATS_PER_BAR) + bars * bar_s
                    if name != "ending"
                    else score.duration_s(),
                    3,
                ),
            }
            for name, first, bars in score.SECTIONS
        ],
        "lyrics": [
            {
                "words": line.words,
                "start_s": round(line.start_s(line.syllables[0]), 3),
                "syllables": [[s.text, round(line.start_s(s), 3)] for s in line.syllables],
            }
            for line in score.LYRICS
        ],
        "measured": measured,
    }
    return json.dumps(song, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Render, write, read back, measure."""
    parser = argparse.ArgumentParser(description="Render the demo song and its stems.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    stems = {}
    for name, make in zip(STEMS, (vocals, bass, drums, other), strict=True):
        print(f"{name} ...", flush=True)
        stems[name] = make(options.seed)
    write(options.out, to_grid(mix_stems(stems)))
    measured = report(read_back(options.out)) | {"lead_voice": intonation(options.seed)}
    (options.out / "song.json").write_text(song_json(measured), encoding="utf-8")
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
