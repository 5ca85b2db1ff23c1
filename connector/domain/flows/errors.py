"""What is wrong with a flow, where, and the mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or (`warning`) only unwise."""

    place: str  # "steps[2].send"
    what: str
    mend: str = ""
    warning: bool = False
    line: int = 0  # in the text, from 1; 0 when there is no text

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        where = ", ".join(part for part in (line, self.place) if part) or "the flow"
        return f"{where}: {self.what}" + (f" — {self.mend}" if self.mend else "")


class FlowError(ValueError):
    """A flow that cannot be run, with everything that is wrong with it."""

    def __init__(self, place: str, what: str, mend: str = "", line: int = 0) -> None:
        self.problems: tuple[Problem, ...] = (Problem(place, what, mend, line=line),)
        super().__init__(str(self.problem))

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> FlowError:
        """All of several problems, at least one."""
        first = problems[0]
        error = cls(first.place, first.what, first.mend, first.line)
        error.problems = tuple(problems)
        return error

    @property
    def problem(self) -> Problem:
        """The first one."""
        return self.problems[0]

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
