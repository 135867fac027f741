"""Back ends of another package, as the window has them: in the separation process only."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from remixer.audio.reader import open_audio
from remixer.dsp.signal import STEMS
from remixer.mixing.nulltest import null_test
from remixer.mixing.stems import StemSet
from remixer.separation.store import StemStore
from remixer.session.separation_service import SeparationService
from tests.packages import MODULE, NAME, VERSION, install
from tests.session.test_separation_service import until
from tests.support import music, write

RATE = 44_100


@pytest.fixture
def service(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SeparationService]:
    site = install(tmp_path / "site")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("REMIXER_MODELS", str(models))
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    with SeparationService(tmp_path / "cache") as service:
        yield service


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write(tmp_path / "song.wav", music(2, 30_001, RATE), RATE, "PCM_24")


def test_the_separation_process_runs_it_and_the_window_does_not_import_it(
    service: SeparationService, song: Path
) -> None:
    service.start(song, "half")
    status = until(service)
    assert status.state == "done", status.error
    assert status.folder
    with open_audio(song) as source, StemStore.open(status.folder) as store:
        stems = StemSet(source, store)
        assert null_test(source, [stems.reader(stem) for stem in STEMS]).differing == 0
        vocals = store.read(0, source.length)[0]
        assert np.abs(vocals - source.read(0, source.length) / 2).max() < 2**-22
    assert MODULE not in sys.modules


def test_broken_ones_are_named_and_the_next_job_goes_on(
    service: SeparationService, song: Path
) -> None:
    for model in ("absent", "angry", "endless"):
        service.start(song, model)
        status = until(service)
        assert status.state == "failed"
        assert f"the back end '{model}' ({NAME} {VERSION})" in status.error
    pid = service.pid
    service.start(song, "crashes")
    status = until(service)
    assert status.state == "failed"
    assert "exit code 7" in status.error
    service.start(song, "left")
    assert until(service).state == "done"
    assert service.pid != pid
