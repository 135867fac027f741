"""Measure systems on songs with known stems: song by song, several at a time, resumable."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from remixer.audio.multitrack import Multitrack, check_aligned
from remixer.errors import InputError, RemixerError
from remixer.evaluation.bss import scores
from remixer.evaluation.results import Results, Row
from remixer.evaluation.songs import load
from remixer.evaluation.systems import estimates_of

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Measured:
    """What a song gave: rows of the systems that were asked for, and its silent stems; or, where it
    could not be measured, why.
    """

    song: str
    rows: tuple[Row, ...] = ()
    silent: tuple[str, ...] = ()
    failure: str | None = None


def measure_song(song: Multitrack, systems: Sequence[str], measure: str) -> Measured:
    """Scores of the systems on one song. Raises InputError when it cannot be read or is silent."""
    track = load(song, mono=measure == "v3")
    if not track.stems.any() or not track.mixture.any():
        raise InputError(f"{song.name} is silent: there is nothing to measure, leave it out")
    rows = [Row(song.name, s, scores(track, estimates_of(track, s), measure)) for s in systems]
    return Measured(song.name, tuple(rows), track.silent)


def evaluate(
    songs: Sequence[Multitrack],
    results: Results,
    systems: Sequence[str],
    workers: int,
    skip: bool,
) -> Iterator[Measured]:
    """Measure what `results` lacks of the systems, adding each song to it as it is done.

    workers: processes, each with one thread. skip: a song that cannot be read is named in
    `results.failed` and given with its failure; otherwise it raises InputError. The headers of all
    songs are looked at before the first is measured. Raises RemixerError when a process dies.
    """
    jobs = [(song, missing) for song in songs if (missing := results.missing(song.name, systems))]
    broken = {m.song: m for song, _ in jobs if (m := look(song)) is not None}
    if broken and not skip:
        raise InputError(_refusal(list(broken.values())))
    sound = [(song, missing) for song, missing in jobs if song.name not in broken]
    measuring = _measure_all(sound, results.measure, min(workers, len(sound)), skip)
    for measured in itertools.chain(broken.values(), measuring):
        if measured.failure is None:
            results.add(measured.song, measured.rows, measured.silent)
        else:
            results.failed[measured.song] = measured.failure
        yield measured


def look(song: Multitrack) -> Measured | None:
    """The failure of a song whose files cannot be used or do not fit each other, by their headers;
    else None.
    """
    files = {**song.stems, **({"mixture": song.mixture} if song.mixture else {})}
    try:
        check_aligned(files)
    except InputError as error:
        return Measured(song.name, failure=f"{song.name}: {error}")
    return None


def _refusal(broken: Sequence[Measured]) -> str:
    more = f" ({len(broken) - 1} more cannot be used)" if broken[1:] else ""
    return f"{broken[0].failure}{more}; --on-error skip leaves such songs out"


def _measure_all(
    jobs: Sequence[tuple[Multitrack, Sequence[str]]], measure: str, workers: int, skip: bool
) -> Iterator[Measured]:
    if workers <= 1:
        for song, systems in jobs:
            yield _or_failure(song.name, partial(measure_song, song, systems, measure), skip)
        return
    with _pool(workers) as pool:
        futures: dict[Future[Measured], str] = {
            pool.submit(measure_song, song, systems, measure): song.name for song, systems in jobs
        }
        for future in as_completed(futures):
            yield _or_failure(futures[future], future.result, skip)


def _or_failure(song: str, result: Callable[[], Measured], skip: bool) -> Measured:
    try:
        return result()
    except InputError as error:
        if not skip:
            raise
        return Measured(song, failure=str(error))
    except BrokenProcessPool as error:
        raise RemixerError(
            f"a process ended while {song} was measured, perhaps for want of memory: "
            "run again with fewer --jobs to go on"
        ) from error


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes of one thread each; work that has not begun is dropped at the block's end."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
