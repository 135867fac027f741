"""remixer info: what a file is and how loud it is."""

from pathlib import Path
from typing import Any

from remixer.audio.reader import AudioReader, open_audio
from remixer.audio.tags import read_tags
from remixer.cli import options
from remixer.cli.batch import expand, run_batch
from remixer.cli.console import Show, clock, level, plain, watching
from remixer.dsp.loudness import Loudness, LoudnessMeter
from remixer.session.wording import counted, grouped


def info(files: options.Files, json: options.Json = False) -> None:
    """Show rate, depth, length, channels, tags and loudness (LUFS-I, LRA, dBTP) of files."""
    show = Show(json)
    run_batch(expand(files), show, lambda path: describe(path, show))


def describe(path: Path, show: Show) -> dict[str, Any]:
    """Print what a file is; returns it for scripts."""
    with open_audio(path) as reader:
        loudness = measure(reader)
        tags = read_tags(path)
        show.line(f"[bold]{plain(path.name)}[/]")
        depth = f"{reader.grid.bits}-bit integer" if reader.grid else "floating point"
        kind = "lossy, decoded to floating point" if reader.lossy else depth
        seconds = reader.length / reader.rate
        rows = {
            "format": f"{reader.format}, {reader.subtype} ({kind})",
            "rate": f"{grouped(reader.rate)} Hz",
            "channels": f"{reader.channels} ({'stereo' if reader.channels == 2 else 'mono'})",
            "length": f"{clock(seconds)} ({counted(reader.length)})",
            "loudness": level(loudness.integrated_lufs, "LUFS integrated"),
            "range": _range(loudness),
            "loudest": _loudest(loudness),
            "true peak": level(loudness.true_peak_dbtp, "dBTP"),
            "sample peak": level(loudness.sample_peak_dbfs, "dBFS"),
            **tags,
        }
        for name, value in rows.items():
            show.line(f"  {plain(name):<12} {plain(' '.join(value.split()))}")
        return {
            "format": reader.format,
            "subtype": reader.subtype,
            "bits": reader.grid.bits if reader.grid else None,
            "lossy": reader.lossy,
            "rate": reader.rate,
            "channels": reader.channels,
            "samples": reader.length,
            "seconds": seconds,
            "integrated_lufs": loudness.integrated_lufs,
            "range_lu": loudness.range_lu,
            "short_term_max_lufs": loudness.short_term_max_lufs,
            "momentary_max_lufs": loudness.momentary_max_lufs,
            "true_peak_dbtp": loudness.true_peak_dbtp,
            "sample_peak_dbfs": loudness.sample_peak_dbfs,
            "tags": tags,
        }


def _range(loudness: Loudness) -> str:
    """LRA; it takes 3 s that are not silent to have one."""
    return "none" if loudness.range_lu is None else f"{loudness.range_lu:.1f} LU (LRA)"


def _loudest(loudness: Loudness) -> str:
    """The highest short-term and momentary loudness, as far as the file is long enough."""
    windows = {
        "LUFS short-term (3 s)": loudness.short_term_max_lufs,
        "LUFS momentary (400 ms)": loudness.momentary_max_lufs,
    }
    heard = [level(found, unit) for unit, found in windows.items() if found != float("-inf")]
    return ", ".join(heard) or "none"


def measure(reader: AudioReader) -> Loudness:
    """Loudness of a whole file, block by block."""
    meter = LoudnessMeter(reader.rate, reader.channels)
    with watching(reader.path.name, "measuring") as watch:
        for start, block in reader.blocks():
            meter.add(block)
            watch.writing((start + block.shape[1]) / reader.rate, reader.length / reader.rate)
    return meter.result()
