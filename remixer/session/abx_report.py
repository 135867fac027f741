"""What a blind test came to, for people and for scripts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remixer.audio.placing import write
from remixer.errors import OutputError
from remixer.mixing.plain import to_plain
from remixer.mixing.strips import MixState
from remixer.session.abx import SIGNIFICANT, AbxResult
from remixer.session.clock import clock

JSON_SUFFIX = ".json"


@dataclass(frozen=True)
class AbxReport:
    """A test with all that it takes to repeat it.

    region: samples [start, stop) that were played, at `rate` Hz. matched_db: gain on the original,
    None when loudness was not matched. when: a date and time.
    """

    result: AbxResult
    song: str
    state: MixState
    model: str
    region: tuple[int, int]
    rate: int
    matched_db: float | None
    when: str
    version: str

    def text(self) -> str:
        """A page."""
        start, stop = (clock(sample / self.rate) for sample in self.region)
        matched = "not matched" if self.matched_db is None else f"{self.matched_db:+.2f} dB"
        lines = [
            "Blind ABX test of a remix",
            "",
            f"Song        {self.song}",
            f"Excerpt     {start} to {stop}",
            f"Model       {self.model}",
            "A           the original" + self._loudness(matched),
            "B           the remix",
            f"Date        {self.when}, Remixer {self.version}",
            "",
            f"Right       {self.result.right} of {len(self.result.trials)}{self._early()}",
            f"Probability {self.result.p:.4g} of as many or more by guessing (binomial, one-sided)",
            f"Conclusion  {verdict(self.result)}",
            "",
            "Trial  X was  Answer",
            *(f"{n:5}  {t.x:5}  {t.answer}  {_mark(t.right)}" for n, t in self._numbered()),
            "",
            f"X was B where getrandbits(1) of Python's random.Random({self.result.seed}) is 1.",
            "",
            "The remix's settings",
            json.dumps(to_plain(self.state), indent=2),
        ]
        return "\n".join(lines) + "\n"

    def values(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "test": "ABX",
            "song": self.song,
            "excerpt": {"start": self.region[0], "stop": self.region[1], "rate": self.rate},
            "model": self.model,
            "a": "original",
            "b": "remix",
            "matched_db": self.matched_db,
            "date": self.when,
            "version": self.version,
            "planned": self.result.planned,
            "trials": [{"x": t.x, "answer": t.answer} for t in self.result.trials],
            "right": self.result.right,
            "p": self.result.p,
            "seed": self.result.seed,
            "mix": to_plain(self.state),
        }

    def save(self, target: Path) -> None:
        """Write it, as JSON where the name ends so; a file that is there is replaced by the whole
        new one only.  Raises OutputError when it cannot be written.
        """
        wants_json = target.suffix.lower() == JSON_SUFFIX
        text = json.dumps(self.values(), indent=2) + "\n" if wants_json else self.text()
        try:
            write(target, text.encode("utf-8"), overwrite=True)
        except OSError as error:
            raise OutputError(
                f"{target} could not be written ({error.strerror}): choose another folder"
            ) from error

    def _numbered(self) -> Any:
        return enumerate(self.result.trials, start=1)

    def _loudness(self, matched: str) -> str:
        if self.matched_db is None:
            return " (loudness not matched)"
        return f", turned by {matched} to the remix's loudness"

    def _early(self) -> str:
        planned = self.result.planned
        return "" if len(self.result.trials) == planned else f" (stopped early, {planned} planned)"


def verdict(result: AbxResult) -> str:
    """What may be concluded."""
    if not result.trials:
        return "nothing was answered"
    if result.significant:
        return f"a difference was heard (probability of guessing below {100 * SIGNIFICANT:g} %)"
    return "no difference was shown; this does not prove that there is none"


def _mark(right: bool) -> str:
    return "right" if right else "wrong"
