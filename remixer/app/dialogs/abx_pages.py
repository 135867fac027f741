"""The three pages of a blind test: what is tested, the trials, the result."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from remixer.app.dialogs.parts import Choice, Form, buttons
from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.basics import SlimProgress, button, heading, label
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.painting import draw_focus, draw_text, fill_box, painting, sized_font
from remixer.session.abx import A, AbxResult, B, X, needed
from remixer.session.abx_report import verdict

TRIALS = (10, 16, 20)
_RULES = (
    "A is the original, B is the remix as it is now. In every trial X is one of the two, drawn "
    "anew. Listen as often as you like, then say which it is. What was right is told at the end."
)
_NAMES = {A: "Original", B: "Remix", X: "Which is it?"}


class ListenButton(PaintedButton):
    """A large letter with a name beneath; lit while it is heard."""

    def __init__(self, letter: str) -> None:
        super().__init__(letter, "accent")
        self._name = _NAMES[letter]
        self.setAccessibleName(f"Listen to {letter}")
        self.setAccessibleDescription(f"{self._name} ({letter})")
        self.setToolTip(f"{self._name} ({letter})")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Large."""
        line = self.fontMetrics().height()
        return QSize(9 * line, round(5.2 * line))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Box, letter, name."""
        theme, lit = current_theme(), self.isChecked()
        ground, ink = (theme.accent, theme.on_accent) if lit else (theme.raised, theme.text)
        border = theme.dim_text if self.underMouse() else theme.line
        line = float(self.fontMetrics().height())
        with painting(self) as painter:
            rect = self.rect().toRectF()
            fill_box(painter, rect, ground, ground if lit else border, 6.0)
            upper = rect.adjusted(0.0, line * 0.5, 0.0, -1.9 * line)
            draw_text(painter, upper, self.text(), sized_font(self, 2.2, bold=True), ink)
            lower = rect.adjusted(0.0, rect.height() - 1.8 * line, 0.0, -0.5 * line)
            draw_text(painter, lower, self._name, sized_font(self, 0.95), ink)
            draw_focus(painter, self, 6.0)


class SetupPage(QWidget):
    """What is played, how often, and whether as loud. began: the user wants to begin."""

    began = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.excerpt, self.trials = Choice("Excerpt"), Choice("Trials")
        self.matched = QCheckBox("Original as loud as the remix")
        self.matched.setAccessibleName("Match loudness")
        self.matched.setChecked(True)
        self.trouble = label(wrap=True)
        self.progress = SlimProgress("Measuring loudness")
        self.start = button("&Begin", primary=True)
        self.leave = button("Close")
        form = Form()
        form.add("Excerpt", self.excerpt)
        form.add("Trials", self.trials)
        form.add("Loudness", self.matched)
        options = [(str(n), f"{n} ({needed(n)} right are significant)", "") for n in TRIALS]
        self.trials.offer(options, str(TRIALS[1]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(label(_RULES, wrap=True))
        column.addLayout(form)
        column.addWidget(self.trouble)
        column.addStretch()
        column.addWidget(self.progress)
        column.addLayout(buttons(right=[self.leave, self.start]))
        self.start.setDefault(True)
        self.start.clicked.connect(self.began)
        self.excerpt.currentIndexChanged.connect(self.changed)
        self.show_progress(None)

    def show_trouble(self, text: str) -> None:
        """Why it cannot begin; "" where it can."""
        self.trouble.setText(text)
        self.start.setEnabled(not text)

    def show_progress(self, share: float | None) -> None:
        """None: nothing is under way."""
        self.progress.setVisible(share is not None)
        self.progress.set_share(share or 0.0)
        for control in (self.excerpt, self.trials, self.matched, self.start):
            control.setEnabled(share is None)


class TrialPage(QWidget):
    """A, B and X to listen to, two answers. Nothing on it depends on what X is.

    listened(letter), answered("A" or "B"), stopped.
    """

    listened = Signal(str)
    answered = Signal(str)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = heading("", 1.15)
        self.note = label(dim=True, wrap=True)
        self.letters = {letter: ListenButton(letter) for letter in (A, B, X)}
        self.answers = {choice: _answer(choice) for choice in (A, B)}
        self.stop = button("&Stop here")
        keys = label(
            "A, B, X: listen    1, 2: answer    Space: pause    R: from the start", dim=True
        )
        letters, answers = QHBoxLayout(), QHBoxLayout()
        for row in (letters, answers):
            row.setSpacing(10)
        for letter, listen in self.letters.items():
            letters.addWidget(listen)
            listen.clicked.connect(lambda _=False, letter=letter: self.listened.emit(letter))
        for choice, says in self.answers.items():
            answers.addWidget(says)
            says.clicked.connect(lambda _=False, choice=choice: self.answered.emit(choice))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.title)
        column.addLayout(letters)
        column.addLayout(answers)
        column.addWidget(self.note)
        column.addStretch()
        column.addWidget(keys)
        column.addLayout(buttons(self.stop, right=[]))
        self.stop.clicked.connect(self.stopped)

    def show_trial(self, number: int, planned: int) -> None:
        """A new trial: X was not heard in it yet."""
        self.title.setText(f"Trial {number} of {planned}")
        self.allow_answers(False)

    def show_playing(self, letter: str) -> None:
        """Which button is heard."""
        for other, listen in self.letters.items():
            listen.setChecked(other == letter)

    def allow_answers(self, on: bool) -> None:
        """Only who has heard X can say what it is."""
        for says in self.answers.values():
            says.setEnabled(on)
            says.setToolTip("" if on else "Listen to X first")


def _answer(choice: str) -> PaintedButton:
    key = 1 + (A, B).index(choice)
    made = PaintedButton(f"X is {choice}  ({key})", "accent")
    made.setAccessibleName(f"X is {choice}")
    made.setAccessibleDescription(f"Answer, and go to the next trial ({key})")
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.setMinimumHeight(round(made.sizeHint().height() * 1.5))
    return made


class TrialList(QWidget):
    """Every trial as a box: what X was, coloured by whether it was recognised."""

    def __init__(self) -> None:
        super().__init__()
        self._result: AbxResult | None = None
        self.setAccessibleName("Trials")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme_notifier.changed.connect(self.update)

    def set_result(self, result: AbxResult) -> None:
        """Shows a result."""
        self._result = result
        words = [
            f"{n}: X was {t.x}, {'right' if t.right else 'wrong'}"
            for n, t in enumerate(result.trials, start=1)
        ]
        self.setAccessibleDescription("; ".join(words))
        self.setToolTip("\n".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        """Two rows."""
        return QSize(300, round(3.6 * self.fontMetrics().height()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """In rows of ten; right ones are filled, wrong ones crossed by their colour's frame."""
        theme, line = current_theme(), float(self.fontMetrics().height())
        trials: Sequence[object] = self._result.trials if self._result else ()
        across = max(10, -(-len(trials) // 2))
        side = min(1.6 * line, self.width() / across - 4.0)
        with painting(self) as painter:
            for index, trial in enumerate(self._result.trials if self._result else ()):
                row, column = divmod(index, across)
                box = self.rect().toRectF()
                box.setRect(column * (side + 4.0), row * (side + 4.0), side, side)
                colour = theme.good if trial.right else theme.bad
                fill = colour if trial.right else theme.sunken
                fill_box(painter, box, fill, colour)
                ink = theme.on_accent if trial.right else theme.bad
                draw_text(painter, box, trial.x, sized_font(self, 0.9, bold=True), ink)


class ResultPage(QWidget):
    """What came out. saved, again, left: what the user wants now."""

    saved = Signal()
    again = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title, self.words = heading("", 1.3), label(wrap=True)
        self.verdict, self.list = heading(""), TrialList()
        self.message = label(dim=True, wrap=True)
        self.save, self.more, self.leave = (
            button("Save &report…"),
            button("Once &more"),
            button("Close"),
        )
        self.verdict.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for part in (self.title, self.verdict, self.words, self.list, self.message):
            column.addWidget(part)
        column.addStretch()
        column.addLayout(buttons(self.save, right=[self.more, self.leave]))
        self.save.clicked.connect(self.saved)
        self.more.clicked.connect(self.again)
        self.leave.clicked.connect(self.left)

    def show_result(self, result: AbxResult) -> None:
        """All of it."""
        done = len(result.trials)
        self.title.setText(f"{result.right} of {done} right")
        text = verdict(result)
        self.verdict.setText(text[:1].upper() + text[1:])
        early = "" if done == result.planned else f" Stopped early: {result.planned} were planned."
        self.words.setText(
            f"By guessing, {result.right} or more right answers of {done} come with a probability "
            f"of {_percent(result.p)} (p = {result.p:.4g}).{early}"
        )
        self.list.set_result(result)
        self.message.setText("")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else "less than 0.1 %"
