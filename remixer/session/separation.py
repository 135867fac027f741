"""A recording's stems: from the cache, or separated now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from remixer.audio.reader import AudioReader
from remixer.dsp.signal import STORED, Samples
from remixer.errors import CacheError
from remixer.mixing.stems import StemSet, to_grid
from remixer.separation.cache import StemCache, cache_key
from remixer.separation.catalogue import Model
from remixer.separation.store import Layout, StemStore

OnProgress = Callable[[float, float], None]
"""Called with the seconds of audio that are done and their total."""


def silent(_done_s: float, _total_s: float) -> None:
    """Progress that nobody watches."""


class NoStems:
    """Stored stems of a recording that is not separated: a neutral mix never reads them."""

    def read(self, start: int, count: int) -> Samples:
        """Raises CacheError, as there is nothing to read."""
        raise CacheError(
            f"{', '.join(STORED)} of samples {start} to {start + count} are not separated: "
            "separate the file first"
        )


def layout_of(source: AudioReader) -> Layout:
    """The geometry of a source's store."""
    return Layout(
        source.rate, source.channels, source.length, source.grid.bits if source.grid else 0
    )


def key_of(source: AudioReader, card: Model, content: str | None = None) -> str:
    """What a source's separation is called in the cache.

    content: the source's content hash, where it is known; the whole source is read for it
    otherwise. Raises InputError.
    """
    return cache_key(content or source.content_hash(), card.fingerprint, layout_of(source))


@contextmanager
def opened(
    key: str,
    source: AudioReader,
    card: Model,
    cache: StemCache,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[StemStore]:
    """The store of a source's separation, for writing; it is held until the end.

    cancelled: asked while another process holds it. Raises CacheError, Cancelled.
    """
    about = {"source": source.path.name, "model": card.id}
    with cache.open(key, layout_of(source), about, cancelled) as store:
        yield store


@contextmanager
def separated(
    source: AudioReader,
    card: Model,
    *,
    cache: StemCache | None = None,
    on_progress: OnProgress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[StemSet]:
    """The stems of a source, all of them separated; the cache's entry is held until the end.

    A separation that was cut off goes on where it stopped. The model is loaded, and torch imported,
    only when something is left to do.  Raises InputError, ModelError, CacheError, Cancelled.
    """
    key = key_of(source, card)
    with opened(key, source, card, cache or StemCache(), cancelled) as store:
        if not store.complete:
            _separate(source, card, store, on_progress, cancelled)
        yield StemSet(source, store)


def _separate(
    source: AudioReader,
    card: Model,
    store: StemStore,
    on_progress: OnProgress,
    cancelled: Callable[[], bool],
) -> None:
    from remixer.separation.loading import load_separator
    from remixer.separation.runner import separate

    separator = load_separator(card)
    grid = source.grid
    steps = separate(
        separator, source, store, to_grid=lambda e: to_grid(e, grid), cancelled=cancelled
    )
    for progress in steps:
        on_progress(progress.done_s, progress.total_s)
