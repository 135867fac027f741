"""`make run` where there is no display: the main job on the demo song with the shipped model."""

import os
import shutil
import subprocess

import numpy as np
import pytest

from remixer.dsp.signal import STEMS
from tests.end_to_end.conftest import DEMO, ROOT
from tests.support import LSB, RAISED, read_ints, stems_of, tree


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """What the script said, its results in `args[1]`."""
    if shutil.which("bash") is None:
        pytest.skip("no bash to run the script with")
    folder = tmp_path_factory.mktemp("run")
    mine = {"OUT": str(folder / "out"), "REMIXER_CACHE": str(folder / "cache")}
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "REMIXER_MODELS")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(ROOT / "packaging" / "run.sh")],
        env={**kept, **mine},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    done.args = [done.args, folder / "out"]
    return done


def test_its_stems_sum_to_the_song(run: "subprocess.CompletedProcess[str]") -> None:
    song, out = DEMO / "demo.flac", run.args[1]
    stems = [read_ints(path) for path in stems_of(song, out)]
    np.testing.assert_array_equal(sum(stems), read_ints(song))
    np.testing.assert_array_equal(read_ints(out / "demo - unchanged.flac"), read_ints(song))
    change = read_ints(out / "demo - vocals up.flac") - read_ints(song)
    assert np.abs(change - RAISED * stems[0]).max() <= LSB[24]
    assert np.any(change)


def test_it_leaves_its_results_and_no_more(run: "subprocess.CompletedProcess[str]") -> None:
    names = [f"demo - {name}.flac" for name in (*STEMS, "unchanged", "vocals up")]
    assert sorted(tree(run.args[1])) == sorted([*names, "demo - masks.png"])


def test_it_says_what_it_proved(run: "subprocess.CompletedProcess[str]") -> None:
    assert run.stdout.count("null: 0 of 3 856 104 samples differ") == 2
    assert "identical to demo.flac, 0 differing samples" in run.stdout
    assert "Traceback" not in run.stderr


def test_its_commands_are_as_one_would_type_them(run: "subprocess.CompletedProcess[str]") -> None:
    assert "$ remixer info resources/demo/demo.flac\n" in run.stderr
    assert "demo - vocals up.flac' --gain vocals=+1.5 --overwrite\n" in run.stderr
    assert "\033" not in run.stderr


def test_it_says_how_good_the_stems_are(run: "subprocess.CompletedProcess[str]") -> None:
    """The true stems of the demo song are at hand: its vocals are better than the mix itself."""
    medians = [line for line in run.stdout.splitlines() if line.startswith("median")]
    vocals = {
        line[len("median") : line.index("vocals")].strip(): float(
            line.split("vocals")[1].split()[0]
        )
        for line in medians
    }
    assert len(vocals) >= 3
    assert min(vocals.values()) < vocals["cnn1"] < max(vocals.values())


def test_the_demo_song_is_the_sum_of_its_true_stems() -> None:
    stems = stems_of(DEMO / "demo.flac", DEMO / "stems")
    total = sum(read_ints(path) for path in stems)
    assert np.abs(total - read_ints(DEMO / "demo.flac")).max() <= 4 * LSB[24]
