"""Writes museval.json: what museval 0.4.1 (MIT) gives for the signals of test_bss_v4.

python -m tests.evaluation.make_museval     in an environment with museval
"""

import json
from pathlib import Path

import numpy as np
from museval.metrics import bss_eval  # type: ignore[import-not-found,unused-ignore]

from tests.evaluation.test_bss_v4 import CASES, RATE, case

if __name__ == "__main__":
    found: dict[str, list] = {}  # type: ignore[type-arg]
    for name in CASES:
        true, guessed = (signals.transpose(0, 2, 1) for signals in case(name))
        ratios = np.stack(bss_eval(true, guessed, window=RATE, hop=RATE)[:4])
        found[name] = [[[None if np.isnan(x) else x for x in row] for row in r] for r in ratios]
    found["sums"] = [float(signals.sum()) for signals in case("stereo")]
    Path(__file__).with_name("museval.json").write_text(json.dumps(found, indent=1) + "\n")
