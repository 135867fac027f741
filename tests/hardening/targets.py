"""What is fuzzed: each target takes the bytes of a file and does with it what the program would.

A target may raise the program's own errors (`RemixerError`) and nothing else; it may not take long
or much memory either. Who runs a target looks after that: `tests.hardening.fuzzing`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import torch

from remixer.app.dialogs.recovery import title
from remixer.audio.carried import Carry, carry_chunks
from remixer.audio.multitrack import open_track
from remixer.audio.reader import open_audio
from remixer.audio.stemfile import read_description
from remixer.audio.tags import copy_tags, read_tags
from remixer.cli.options import saved_mix
from remixer.errors import RemixerError
from remixer.evaluation.results import as_json, medians, read_results
from remixer.separation import weights
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import find_models, read_card
from remixer.separation.model import load_model
from remixer.separation.networks.registry import build
from remixer.separation.store import StemStore
from remixer.session.autosave import recoveries
from remixer.session.locate import locate
from remixer.session.receipt_check import check_receipt
from remixer.session.savefile import load_mix, note_song, read_mix, save_mix
from remixer.training.corpus import find_sources, licences
from remixer.training.datasets import find_songs
from remixer.training.pack import Pack
from remixer.training.recipes import read_cookbook
from tests.hardening import corpus, mutate

MOST = 1 << 20
"""Samples that are read at a time: a header may promise any number."""
PART = (100, 900)


@dataclass(frozen=True)
class Target:
    """run: with a file's bytes and a folder of its own. seeds: what damage starts from. json:
    whether values are damaged, besides bytes.
    """

    run: Callable[[bytes, Path], None]
    seeds: Callable[[], list[bytes]]
    json: bool = False

    def case(self, seeds: list[bytes], rng: Random) -> bytes:
        """A file damaged by chance."""
        seed = rng.choice(seeds)
        if self.json and rng.random() < 0.8:
            return mutate.damaged_json(seed, rng)
        return mutate.damaged(seed, rng, seeds)


def attempt(*work: Callable[[], object]) -> None:
    """Each piece of work; the program's own errors are what is wanted."""
    for piece in work:
        try:
            piece()
        except RemixerError as error:
            message = str(error)
            assert message, "an error that says nothing"
            assert len(message) < 4_000, "an error that says too much"


def sound(data: bytes, folder: Path, suffix: str = ".wav") -> None:
    """Opened, read at three places, hashed, and all that is read beside the samples."""
    path = folder / f"a{suffix}"
    path.write_bytes(data)
    target = folder / "target.wav"
    target.write_bytes(corpus.sounds()["WAV"][0])
    attempt(
        partial(_listen, path),
        partial(_track, path),
        partial(read_tags, path),
        partial(_describe, path),
        partial(carry_chunks, path, target, Carry(PART, changed=True)),
        partial(carry_chunks, path, target),
        partial(copy_tags, path, target),
    )
    with open_audio(target) as reader:
        assert reader.length == corpus.LENGTH


def _listen(path: Path) -> None:
    with open_audio(path) as reader:
        assert reader.length > 0
        attempt(
            lambda: _read(reader, 0),
            lambda: _read(reader, max(0, reader.length - 300)),
            lambda: _read(reader, reader.length // 2),
            lambda: reader.content_hash() if reader.length < MOST else None,
        )


def _read(reader: object, start: int) -> None:
    count = min(MOST, reader.length - start)  # type: ignore[attr-defined]
    samples = reader.read(start, count)  # type: ignore[attr-defined]
    assert samples.shape == (reader.channels, count)  # type: ignore[attr-defined]
    assert np.isfinite(samples).all()


def _track(path: Path) -> None:
    with open_track(path, 3) as reader:
        _read(reader, 0)


def _describe(path: Path) -> None:
    """A stem file's box: what is none is None."""
    described = read_description(path)
    assert described is None or isinstance(described, dict)


def session(data: bytes, folder: Path) -> None:
    """Read, its song looked for, saved again, and read as what it was."""
    path = folder / "a.remix"
    path.write_bytes(data)

    def work() -> None:
        saved = read_mix(path)
        locate(saved, path, [folder])
        again = folder / "again.remix"
        save_mix(again, saved)
        assert read_mix(again) == replace(saved, song=saved.song.resolve())
        note_song(again, folder / "song.wav", "c0ffee", (1, 2))

    attempt(work, lambda: load_mix(path))


def recovery(data: bytes, folder: Path) -> None:
    """What a start finds in the recovery folder, and how it is called in the list."""
    (folder / "a.remix").write_bytes(data)
    for found in recoveries(folder):
        assert title(found)
        found.discard()


def mix(data: bytes, folder: Path) -> None:
    """The file of `--mix`."""
    (folder / "a.json").write_bytes(data)
    attempt(lambda: saved_mix(folder / "a.json"))


def card(data: bytes, folder: Path) -> None:
    """A model card: read, listed, and its network made ready to be filled."""
    (folder / "a.json").write_bytes(data)
    (folder / "a.safetensors").write_bytes(b"")
    assert set(find_models([folder])) <= {"a"}

    def work() -> None:
        found = read_card(folder / "a.json")
        assert found.path.parent == folder
        assert found.fingerprint
        with torch.device("meta"):
            build(found.architecture, found.config)

    attempt(work)


def weight_file(data: bytes, folder: Path) -> None:
    """Weights under a card that knows their checksum, as a hostile one does."""
    file = folder / "a.safetensors"
    file.write_bytes(data)
    values = {**corpus.card(), "sha256": weights.file_sha256(file)}
    (folder / "a.json").write_text(json.dumps(values))

    def load() -> None:
        stored = weights.load(file, values["sha256"])  # type: ignore[arg-type]
        assert sum(t.numel() * t.element_size() for t in stored.values()) <= len(data)
        weights.dequantise(stored)

    def model() -> None:
        load_model(read_card(folder / "a.json"))

    attempt(load, model)


def manifest(data: bytes, folder: Path) -> None:
    """A corpus' manifest, as training and evaluation read it."""
    (folder / "manifest.csv").write_bytes(data)
    for song in ("a", "b"):
        (folder / "songs" / song).mkdir(parents=True, exist_ok=True)
        for stem in ("vocals", "bass"):
            (folder / "songs" / song / f"{stem}.wav").touch()
    attempt(
        lambda: find_sources(folder),
        lambda: find_sources(folder, frozenset({"a"})),
        lambda: licences(folder),
        lambda: find_songs(folder),
    )


def results(data: bytes, folder: Path) -> None:
    """Results of an evaluation, read and written again."""
    (folder / "a.json").write_bytes(data)

    def work() -> None:
        found = read_results(folder / "a.json")
        medians(found.rows)
        as_json(found)

    attempt(work)


def receipt(data: bytes, folder: Path) -> None:
    """A receipt held against files that are not there."""
    (folder / "a.receipt.json").write_bytes(data)
    attempt(lambda: check_receipt(folder / "a.receipt.json"))


def pack(data: bytes, folder: Path) -> None:
    """A training pack's index."""
    (folder / "index.json").write_bytes(data)
    (folder / "audio.i16").write_bytes(bytes(16))
    attempt(lambda: Pack(folder).seconds("train"))


def recipe(data: bytes, folder: Path) -> None:
    """A training recipe."""
    (folder / "a.json").write_bytes(data)
    attempt(lambda: read_cookbook("unet", folder / "a.json", {}))


def store(data: bytes, folder: Path) -> None:
    """An entry of the cache, and the cache's settings."""
    (folder / "entry").mkdir(exist_ok=True)
    (folder / "entry" / "store.json").write_bytes(data)
    (folder / "settings.json").write_bytes(data)
    for name, size in (("stems.raw", 1200), ("edges.raw", 1152), ("done.raw", 2)):
        (folder / "entry" / name).write_bytes(bytes(size))
    cache = StemCache(folder)

    def work() -> None:
        with StemStore.open(folder / "entry") as found:
            found.read(0, min(found.layout.length, MOST))

    attempt(work)
    assert cache.limit is not None
    assert len(cache.entries()) == 1


def _sounds(*formats: str) -> list[bytes]:
    found = corpus.sounds()
    return [data for format in formats for data in found[format]]


def _sound(*formats: str, suffix: str = ".wav") -> Target:
    return Target(partial(sound, suffix=suffix), partial(_sounds, *formats))


TARGETS = {
    "wav": _sound("WAV"),
    "rf64-w64": _sound("RF64", "W64"),
    "aiff-caf": _sound("AIFF", "CAF", suffix=".aiff"),
    "flac": _sound("FLAC", suffix=".flac"),
    "ogg": _sound("OGG", "OPUS", suffix=".ogg"),
    "mp3": _sound("MP3", suffix=".mp3"),
    "m4a": _sound("M4A", suffix=".m4a"),
    "stem-mp4": _sound("STEM", suffix=".stem.mp4"),
    "session": Target(session, corpus.sessions, json=True),
    "recovery": Target(recovery, corpus.recovery_files, json=True),
    "mix": Target(mix, corpus.mixes, json=True),
    "card": Target(card, corpus.cards, json=True),
    "weights": Target(weight_file, corpus.weight_files),
    "manifest": Target(manifest, lambda: [corpus.MANIFEST]),
    "results": Target(results, partial(corpus.as_json, corpus.RESULTS), json=True),
    "receipt": Target(receipt, partial(corpus.as_json, corpus.RECEIPT), json=True),
    "pack": Target(pack, partial(corpus.as_json, corpus.INDEX), json=True),
    "recipe": Target(recipe, partial(corpus.as_json, corpus.RECIPE), json=True),
    "store": Target(store, partial(corpus.as_json, corpus.STORE), json=True),
}
