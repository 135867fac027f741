"""Undo and redo of whole states, with names for people; one step a gesture."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")


@dataclass(frozen=True)
class Step(Generic[State]):
    """One thing that was done: from one state to another, under a name."""

    name: str
    before: State
    after: State


class History(Generic[State]):
    """A state and every step that led to it, without a limit.

    States are immutable values, so a step costs what it changed. A gesture is several moves of one
    thing (its key) of which the last is final; it becomes one step, or none where it ended at where
    it had begun. Whatever else is done ends a gesture that is still open.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._done: list[Step[State]] = []
        self._undone: list[Step[State]] = []
        self._gesture: Hashable | None = None
        self._base = state
        """Where the open gesture began."""
        self._name: Callable[[State, State], str] = _unnamed

    @property
    def state(self) -> State:
        """As it is now, moves of an open gesture included."""
        return self._state

    @property
    def undo_name(self) -> str | None:
        """What `undo` would take back; None when there is nothing."""
        if self._open:
            return self._name(self._base, self._state)
        return self._done[-1].name if self._done else None

    @property
    def redo_name(self) -> str | None:
        """What `redo` would do again; None when there is nothing."""
        return self._undone[-1].name if self._undone and not self._open else None

    @property
    def _open(self) -> bool:
        return self._gesture is not None and self._state != self._base

    def move(
        self, state: State, key: Hashable, name: Callable[[State, State], str], final: bool
    ) -> bool:
        """Go to a state. name: of the step from one state to another. Returns whether anything
        changed: the state, or what can be undone.
        """
        changed = state != self._state or self._gesture is not None
        if self._gesture != key:
            self.settle()
            self._gesture, self._base = key, self._state
        self._state, self._name = state, name
        if final:
            self.settle()
        return changed

    def settle(self) -> None:
        """End an open gesture: it becomes a step if it changed anything."""
        if self._open:
            step = Step(self._name(self._base, self._state), self._base, self._state)
            self._done.append(step)
            self._undone.clear()
        self._gesture, self._base = None, self._state

    def undo(self) -> str | None:
        """Take back the last step. Returns its name, None when there is none."""
        self.settle()
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        self._state = self._base = step.before
        return step.name

    def redo(self) -> str | None:
        """Do again what was undone last. Returns its name, None when there is nothing."""
        self.settle()
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        self._state = self._base = step.after
        return step.name


def _unnamed(_before: object, _after: object) -> str:
    return "Change"
