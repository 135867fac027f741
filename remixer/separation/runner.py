"""Separate a recording chunk by chunk into a store: any order, several workers, progress,
cancellation, bounded memory.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from remixer.dsp.signal import SampleReader, Samples
from remixer.errors import Cancelled
from remixer.separation.separator import Separator
from remixer.separation.store import StemStore

Estimates = NDArray[np.float32]


@dataclass(frozen=True)
class Progress:
    """How far a separation is, in seconds of audio."""

    done_s: float
    total_s: float


def workers() -> int:
    """Chunks separated side by side: one thread each is faster than all threads on one chunk. At
    most 4, for memory.
    """
    return max(
        1,
        min(
            4,
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1,
        ),
    )


def playhead_order(chunks: int, first: int = 0) -> list[int]:
    """Chunks from the playhead's on, then those before it."""
    return [*range(first, chunks), *range(first)]


def _draw(order: Iterator[int], done: NDArray[np.bool_], drawn: set[int], busy: bool) -> int | None:
    """The next chunk of an order that is neither done nor drawn.

    None when it has ended. None too when it gives a drawn one while workers are busy: an order that
    looks at the store has nothing else until they have ended.
    """
    for chunk in order:
        if chunk in drawn and busy:
            return None
        if chunk not in drawn and not done[chunk]:
            drawn.add(chunk)
            return chunk
    return None


def separate(
    separator: Separator,
    source: SampleReader,
    store: StemStore,
    *,
    to_grid: Callable[[Samples], Samples],
    order: Iterable[int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Progress]:
    """Separate what the store lacks, giving progress after each chunk.

    source: of the store's layout. to_grid: rounds estimates, float64 of any shape, to what is
    stored (`mixing.stems.to_grid` with the source's grid). order: chunk numbers, drawn as workers
    come free, so a generator may follow a moving playhead; chunks done or drawn are skipped.

    Raises Cancelled as soon as the chunks under way have ended; ModelError, InputError and
    CacheError as separator, source and store do. What is done stays in the store.
    """
    layout = store.layout
    total = layout.length / layout.rate
    yield Progress(store.separated / layout.rate, total)
    done, drawn = store.done, set[int]()
    coming = iter(playhead_order(layout.chunks) if order is None else order)

    def estimate(chunk: int) -> tuple[int, Estimates]:
        torch.set_num_threads(1)
        start, stop = layout.span(chunk)
        return chunk, separator.estimate(source, start, stop - start)

    with ThreadPoolExecutor(workers(), thread_name_prefix="separate") as pool:
        pending: set[Future[tuple[int, Estimates]]] = set()
        try:
            while True:
                while (
                    len(pending) < workers()
                    and (chunk := _draw(coming, done, drawn, bool(pending))) is not None
                ):
                    pending.add(pool.submit(estimate, chunk))
                if not pending:
                    return
                finished, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in finished:
                    store.put(*future.result(), to_grid)
                    yield Progress(store.separated / layout.rate, total)
                if cancelled():
                    raise Cancelled("separation stopped; what is done is kept and will be resumed")
        finally:
            for future in pending:
                future.cancel()
