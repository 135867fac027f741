"""VST3 plug-ins hosted by pedalboard, as a trial: `python -m benchmarks.plugins FILE.vst3...`

Needs `pip install pedalboard`, which Remixer does without. Each plug-in lives in a process of its
own, three times: what it answers is a line. docs/treatments.md tells what came of it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

RATE, BLOCK, LIVES, LIMIT_S = 48_000, 512, 3, 120


def main(files: list[str]) -> None:
    """A line for each plug-in."""
    for file in files:
        lives = [live(file, seed) for seed in range(LIVES)]
        sys.stdout.write(f"{Path(file).stem}: {'; '.join(dict.fromkeys(lives))}\n")
        sys.stdout.flush()


def live(file: str, seed: int) -> str:
    """One life of a plug-in: what it told, or how it ended."""
    command = [sys.executable, "-m", "benchmarks.plugins", "--life", file, str(seed)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"hangs for {LIMIT_S} s"
    if done.returncode < 0:
        return f"crashes its process (signal {-done.returncode})"
    last = (done.stdout.splitlines() or ["{}"])[-1]
    told = json.loads(last) if last.startswith("{") else {}
    if done.returncode or not told:
        return (done.stderr.strip().splitlines() or ["no answer"])[-1][:120]
    return ", ".join(f"{name} {value}" for name, value in told.items())


def life(file: str, seed: int) -> dict[str, Any]:
    """Load it, cut the sound as a player does, turn its knobs, save and load its state."""
    import pedalboard

    rng = np.random.default_rng(seed)
    plugin, channels, sound = _loaded(pedalboard, file, rng)
    whole = plugin(sound, RATE, buffer_size=BLOCK, reset=True)
    told: dict[str, Any] = {
        "channels": channels,
        "latency": plugin.reported_latency_samples,
        "cut with one buffer": _apart(whole, _cut(plugin, sound, (333, 179), BLOCK)),
        "cut with its own": _apart(whole, _cut(plugin, sound, (333, 512, 1000), 0)),
    }
    for parameter in plugin.parameters.values():
        parameter.raw_value = float(rng.random())
    before = plugin(sound, RATE, buffer_size=BLOCK, reset=True)
    other = pedalboard.load_plugin(file)
    other.raw_state = plugin.raw_state
    told["state"] = _apart(before, other(sound, RATE, buffer_size=BLOCK, reset=True))
    told["finite"] = bool(np.isfinite(before).all())
    told["a knob's step"] = _step(plugin, channels)
    return told


def _loaded(pedalboard: Any, file: str, rng: np.random.Generator) -> tuple[Any, int, Any]:
    """The plug-in, stereo if it can be."""
    plugin = pedalboard.load_plugin(file)
    sound = (0.2 * rng.standard_normal((2, 2 * RATE))).astype(np.float32)
    try:
        plugin(sound[:, :BLOCK], RATE)
    except ValueError:
        plugin(sound[:1, :BLOCK], RATE)
        return plugin, 1, sound[:1]
    return plugin, 2, sound


def _cut(plugin: Any, sound: Any, sizes: tuple[int, ...], buffer: int) -> Any:
    """The sound through it in pieces. buffer: the size it is told; 0 is each piece's own."""
    plugin.reset()
    parts, at, turn = [], 0, 0
    while at < sound.shape[1]:
        size = sizes[turn % len(sizes)]
        piece = sound[:, at : at + size]
        parts.append(plugin(piece, RATE, buffer_size=buffer or piece.shape[1], reset=False))
        at, turn = at + size, turn + 1
    return np.concatenate(parts, axis=1)


def _apart(one: Any, other: Any) -> str:
    count = min(one.shape[1], other.shape[1])
    peak = float(np.max(np.abs(one[:, :count] - other[:, :count]), initial=0.0))
    return "same" if peak == 0.0 else f"{20 * np.log10(peak):.0f} dBFS apart"


def _step(plugin: Any, channels: int) -> str:
    """The largest jump of a sine at the borders of blocks while a knob is turned, against that of
    the sine itself: 1.0 is no click.
    """
    sine = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    sound = np.tile(sine.astype(np.float32), (channels, 1))
    largest = 0.0
    for parameter in plugin.parameters.values():
        before, parts = parameter.raw_value, []
        for at in range(0, RATE // 4, BLOCK):
            parameter.raw_value = 0.3 if at // BLOCK % 2 else 0.6
            piece = sound[:, at : at + BLOCK]
            parts.append(plugin(piece, RATE, buffer_size=BLOCK, reset=False))
        parameter.raw_value = before
        jumps = np.abs(np.diff(np.concatenate(parts, axis=1)[0]))
        inside = np.delete(jumps, np.arange(BLOCK - 1, jumps.size, BLOCK)).max()
        if inside > 1e-6:
            largest = max(largest, float(jumps[BLOCK - 1 :: BLOCK].max() / inside))
    return f"{largest:.1f}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--life"]:
        sys.stdout.write(json.dumps(life(sys.argv[2], int(sys.argv[3]))) + "\n")
    else:
        main(sys.argv[1:])
