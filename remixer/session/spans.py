"""Which samples of a region are separated."""

from collections.abc import Iterable, Iterator

Span = tuple[int, int]
"""Samples [start, stop)."""


def separated_spans(region: Span, done: Iterable[bool], chunk: int) -> list[Span]:
    """The parts of a region that lie in chunks that are done, neighbours joined; in order."""
    spans: list[Span] = []
    for index, there in enumerate(done):
        start, stop = max(index * chunk, region[0]), min((index + 1) * chunk, region[1])
        if not there or start >= stop:
            continue
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, stop))
    return spans


def total(spans: Iterable[Span]) -> int:
    """Samples in all of them."""
    return sum(stop - start for start, stop in spans)


def excerpts(spans: list[Span], count: int, most: int) -> Iterator[Span]:
    """At most `most` stretches of up to `count` samples, evenly spread over the spans."""
    all_of_them = [
        (start, min(start + count, stop))
        for first, stop in spans
        for start in range(first, stop, count)
    ]
    step = max(len(all_of_them) / most, 1.0)
    for number in range(min(most, len(all_of_them))):
        yield all_of_them[int(number * step)]
