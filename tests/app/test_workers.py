import threading

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from remixer.app.workers import IsCancelled, Report, Worker, message_of
from remixer.errors import Cancelled, OutputError

LONG_MS = 20_000


class Heard:
    """What a worker told, in order, and in which threads."""

    def __init__(self, worker: Worker) -> None:
        self.told: list[tuple[str, object]] = []
        self.threads: set[object] = set()
        worker.progressed.connect(lambda value: self.hear("progressed", value))
        worker.finished.connect(lambda value: self.hear("finished", value))
        worker.failed.connect(lambda error: self.hear("failed", error))
        worker.cancelled.connect(lambda: self.hear("cancelled", None))

    def hear(self, what: str, value: object) -> None:
        self.told.append((what, value))
        self.threads.add(threading.current_thread())

    @property
    def end(self) -> tuple[str, object] | None:
        return next((each for each in self.told if each[0] != "progressed"), None)


def until_cancelled(_report: Report, cancelled: IsCancelled) -> None:
    while not cancelled():
        threading.Event().wait(0.005)
    raise Cancelled("stopped")


def test_result_after_progress_in_the_window_thread(qtbot: QtBot):
    ran_in: list[threading.Thread] = []

    def work(report: Report, _cancelled: IsCancelled) -> str:
        ran_in.append(threading.current_thread())
        for step in range(10_000):
            report(step)
        return "result"

    worker = Worker(work)
    heard = Heard(worker)
    worker.start()
    qtbot.waitUntil(lambda: heard.end is not None, timeout=LONG_MS)
    assert heard.told[-1] == ("finished", "result")
    steps = [value for what, value in heard.told if what == "progressed"]
    assert steps[-1] == 9_999, "the last progress is told"
    assert steps == sorted(steps)  # type: ignore[type-var]
    assert heard.threads == {threading.main_thread()}
    assert ran_in[0] is not threading.main_thread()
    assert not worker.running


@pytest.mark.parametrize("error", [OutputError("no room"), ZeroDivisionError("oops")])
def test_errors_of_any_kind_are_told(qtbot: QtBot, error: Exception):
    def work(_report: Report, _cancelled: IsCancelled) -> None:
        raise error

    worker = Worker(work)
    heard = Heard(worker)
    worker.start()
    qtbot.waitUntil(lambda: heard.end is not None, timeout=LONG_MS)
    assert heard.told == [("failed", error)]


def test_cancel_ends_it(qtbot: QtBot):
    worker = Worker(until_cancelled)
    heard = Heard(worker)
    worker.start()
    worker.cancel()
    qtbot.waitUntil(lambda: heard.end is not None, timeout=LONG_MS)
    assert heard.told == [("cancelled", None)]


def test_work_that_is_done_before_it_is_cancelled_is_finished(qtbot: QtBot):
    worker = Worker(lambda _report, _cancelled: 1)
    heard = Heard(worker)
    worker.start()
    assert worker.join(20)
    worker.cancel()
    qtbot.waitUntil(lambda: heard.end is not None, timeout=LONG_MS)
    assert heard.told == [("finished", 1)]


def test_close_joins_and_silences(qtbot: QtBot):
    before = threading.active_count()

    def work(report: Report, cancelled: IsCancelled) -> None:
        while not cancelled():
            report("more")
        raise Cancelled("stopped")

    worker = Worker(work)
    heard = Heard(worker)
    worker.start()
    worker.close()
    assert threading.active_count() == before
    told = len(heard.told)
    qtbot.wait(50)
    assert len(heard.told) == told
    worker.close()


def test_close_before_start_is_harmless(qapp: object):
    worker = Worker(until_cancelled)
    worker.close()
    assert worker.join(0)


def test_a_receiver_that_is_a_plain_function_is_called_in_the_window_thread(qtbot: QtBot):
    threads: list[QThread] = []
    worker = Worker(lambda report, _cancelled: report(1))
    worker.progressed.connect(lambda _value: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(worker.finished, timeout=LONG_MS):
        worker.start()
    assert [thread == worker.thread() for thread in threads] == [True]


def test_messages_are_one_line():
    assert message_of(OutputError("no room\n in  it")) == "no room in it"
    assert message_of(ZeroDivisionError()) == "ZeroDivisionError"
    error = FileNotFoundError(2, "No such file or directory", "song.wav")
    assert message_of(error) == "song.wav: No such file or directory"
