"""The shared file: whole messages or none, whoever writes meanwhile."""

import math
import threading
from pathlib import Path

import pytest

from remixer.mixing.strips import MixState, Strip
from remixer.playback.mailbox import SLOT_SIZE, SharedBlock
from remixer.playback.types import (
    Device,
    Latency,
    Listen,
    Meters,
    Monitor,
    Output,
    Snapshot,
    Sound,
)
from remixer.playback.wire import Report, Wishes, pack, unpack_report, unpack_wishes


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    path = tmp_path / "shared"
    path.touch()
    return path


def test_what_is_written_is_read_by_another(shared: Path) -> None:
    mine, other = SharedBlock(shared), SharedBlock(shared)
    assert other.wishes.read() is None
    assert mine.wishes.write(b"first") == 1
    mine.wishes.write(b"second, longer")
    mine.wishes.write(b"third")
    mine.reports.write(b"elsewhere")
    mine.taken = 77
    assert other.wishes.read() == (3, b"third")
    assert other.reports.read() == (1, b"elsewhere")
    assert other.taken == 77
    for block in (mine, other):
        block.close()


def test_a_message_that_is_too_long_is_refused(shared: Path) -> None:
    block = SharedBlock(shared)
    with pytest.raises(ValueError, match="at most"):
        block.wishes.write(b"x" * SLOT_SIZE)
    assert block.wishes.read() is None
    block.close()


def test_no_reader_sees_half_a_message(shared: Path) -> None:
    mine, other = SharedBlock(shared), SharedBlock(shared)
    ended = threading.Event()

    def write() -> None:
        for number in range(20_000):
            mine.wishes.write(bytes([number % 251]) * (1 + number % 999))
        ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not ended.is_set():
        if found := other.wishes.read():
            number, message = found
            assert number >= seen
            assert message == bytes([(number - 1) % 251]) * (1 + (number - 1) % 999)
            seen = number
    writer.join()
    assert seen
    for block in (mine, other):
        block.close()


def test_wishes_come_through() -> None:
    strips = (Strip(-math.inf, mute=True), Strip(1.5, solo=True, pan=-0.3), Strip(), Strip(24.0))
    wishes = Wishes(
        song="/tmp/Größe \udce9.wav",
        song_number=3,
        stems="/x",
        state=MixState(strips, -0.1),
        monitor=Monitor(Listen.CHANGE, -1.25),
        playing=True,
        play_number=4,
        position=10**10,
        seek_number=5,
        loop=(1, 2),
        output=Output("pulse", Latency.LOW),
        meters_number=6,
        look_number=7,
    )
    assert unpack_wishes(pack(wishes)) == wishes
    assert unpack_wishes(pack(Wishes())) == Wishes()


def test_reports_come_through() -> None:
    meters = Meters(((0.1, 0.2),) * 4, (0.5, 1.5), -14.3, math.nextafter(1, 0), -math.inf)
    snapshot = Snapshot(Sound.READY, True, True, 5, "d", 48000, True, 0.1, 2, meters, "n", 9)
    report = Report(
        snapshot, 1, 2, 3, 4, (Device("a", 44100, 2, True), Device("b", 8000, 1, False))
    )
    assert unpack_report(pack(report)) == report
