"""BSS Eval version 3: how close an estimated stem is to the true one, in dB."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.signal import STEMS
from remixer.errors import SettingError

FILTER = 512


@dataclass(frozen=True)
class Score:
    """Signal to distortion, interference and artefacts ratios of one stem, in dB."""

    sdr: float
    sir: float
    sar: float


SILENT = Score(-np.inf, -np.inf, -np.inf)
"""Of an estimate that is silent where its stem is not."""


def scores(stems: NDArray[np.float64], estimates: NDArray[np.float64]) -> dict[str, Score]:
    """Scores of each stem that sounds, over the whole track, with the 512-tap distortion filter.

    stems, estimates: (4, samples). Stems that are silent have no score; an estimate that is silent
    scores -inf. Raises SettingError where fast_bss_eval is not installed. Source: Vincent,
    Gribonval and Févotte 2006; computed by fast_bss_eval with its dense float64 solver, which
    agrees with mir_eval's bss_eval_sources.
    """
    present = [i for i in range(len(STEMS)) if np.any(stems[i])]
    heard = [i for i in present if np.any(estimates[i])]
    result = {STEMS[i]: SILENT for i in present}
    if heard:
        # Silent estimates have no projection: their own stems stand in, and are not looked at.
        guesses = [_unit(estimates[i] if i in heard else stems[i]) for i in present]
        ratios = _ratios(np.stack([_unit(stems[i]) for i in present]), np.stack(guesses))
        result |= {STEMS[i]: s for i, s in zip(present, ratios, strict=True) if i in heard}
    return result


def _unit(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Samples over their norm; scores do not depend on levels, but the solver does where they are
    tiny.
    """
    scaled = samples / np.abs(samples).max()
    return np.asarray(scaled / np.linalg.norm(scaled))


def _ratios(stems: NDArray[np.float64], estimates: NDArray[np.float64]) -> list[Score]:
    """Scores of estimates of unit norm; stems that are alike are told apart no better than they
    can be.
    """
    try:
        ratios = _bss_eval(stems, estimates, None)
    except RuntimeError:  # torch's LinAlgError: stems that are copies of each other
        ratios = _bss_eval(stems, estimates, 1e-12)
    return [Score(*(float(ratio[row]) for ratio in ratios)) for row in range(len(stems))]


def _bss_eval(
    stems: NDArray[np.float64], estimates: NDArray[np.float64], load: float | None
) -> list[Any]:
    try:
        import torch
        from fast_bss_eval import bss_eval_sources
    except ImportError as error:
        raise SettingError(
            "measuring needs fast_bss_eval, which is not installed: pip install 'remixer[train]'"
        ) from error
    return list(
        bss_eval_sources(
            torch.from_numpy(stems),  # its numpy solver predates numpy 2
            torch.from_numpy(estimates),
            filter_length=FILTER,
            compute_permutation=False,
            use_cg_iter=None,
            load_diag=load,
        )
    )
