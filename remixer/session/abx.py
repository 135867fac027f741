"""A blind test: which of two known things is X? Answers are counted, and told only at the end.

Nothing is right or wrong before the planned number of trials is answered or the test is stopped:
who sees the count may stop when it looks good, and the probability would mean nothing.
"""

import random
import secrets
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from remixer.errors import SettingError

A, B, X = "A", "B", "X"
FEWEST, MOST = 5, 100
"""Trials: with fewer than five even all right answers have a probability above 3 %."""
SIGNIFICANT = 0.05


def p_value(right: int, trials: int) -> float:
    """The probability of so many right answers, or more, by guessing: exact, binomial, one-sided.

    1 without trials. Raises: SettingError when more are right than there are trials.
    """
    if not 0 <= right <= trials:
        raise SettingError(f"{right} right answers of {trials} trials: give 0 to {trials}")
    return float(Fraction(sum(comb(trials, k) for k in range(right, trials + 1)), 2**trials))


def needed(trials: int) -> int | None:
    """The fewest right answers that are significant; None where none are."""
    enough = (k for k in range(trials + 1) if p_value(k, trials) < SIGNIFICANT)
    return next(enough, None)


@dataclass(frozen=True)
class Trial:
    """One answer. x: what X was, answer: what the listener took it for; each "A" or "B"."""

    x: str
    answer: str

    @property
    def right(self) -> bool:
        """Whether they are the same."""
        return self.x == self.answer


@dataclass(frozen=True)
class AbxResult:
    """What came out. planned: trials that were wanted; seed: see `AbxTest`."""

    trials: tuple[Trial, ...]
    planned: int
    seed: int

    @property
    def right(self) -> int:
        """Right answers."""
        return sum(trial.right for trial in self.trials)

    @property
    def p(self) -> float:
        """See `p_value`."""
        return p_value(self.right, len(self.trials))

    @property
    def significant(self) -> bool:
        """Whether guessing is an unlikely explanation."""
        return self.p < SIGNIFICANT


class AbxTest:
    """A row of trials, each with an X of its own.

    seed: of `random.Random`, whose `getrandbits(1)` is 1 where X is B; drawn from the system by
    default, so that nobody knows it. Raises: SettingError for a number of trials out of range.
    """

    def __init__(self, trials: int, seed: int | None = None) -> None:
        if not FEWEST <= trials <= MOST:
            raise SettingError(f"{trials} trials are out of range: do {FEWEST} to {MOST}")
        self._seed = secrets.randbits(64) if seed is None else seed
        generator = random.Random(self._seed)
        self._order = [B if generator.getrandbits(1) else A for _ in range(trials)]
        self._answers: list[str] = []
        self._stopped = False

    @property
    def planned(self) -> int:
        """Trials wanted."""
        return len(self._order)

    @property
    def answered(self) -> int:
        """Trials answered."""
        return len(self._answers)

    @property
    def finished(self) -> bool:
        """Whether the result may be known."""
        return self._stopped or self.answered == self.planned

    def source(self, button: str) -> str:
        """What a button, "A", "B" or "X", plays in this trial: "A" or "B". For the player only."""
        self._go_on()
        return self._order[self.answered] if button == X else button

    def answer(self, choice: str) -> None:
        """X is "A", or "B"; the next trial begins.  Raises: SettingError for anything else."""
        self._go_on()
        if choice not in (A, B):
            raise SettingError(f"{choice!r} is no answer: X is A or B")
        self._answers.append(choice)

    def stop(self) -> None:
        """End early; what was answered counts."""
        self._stopped = True

    def result(self) -> AbxResult:
        """What came out.  Raises: SettingError while the test goes on."""
        if not self.finished:
            raise SettingError("the result is known when the last trial is answered")
        trials = tuple(Trial(*pair) for pair in zip(self._order, self._answers, strict=False))
        return AbxResult(trials, self.planned, self._seed)

    def _go_on(self) -> None:
        if self.finished:
            raise SettingError("the test is over: begin a new one")
