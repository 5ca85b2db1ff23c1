"""What is wrong with a flow, where, and the mend."""

from __future__ import annotations

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
        where = f"line {self.line}, {self.place}" if self.line else self.place or "the flow"
        return f"{where}: {self.what}" + (f" — {self.mend}" if self.mend else "")


class FlowError(ValueError):
    """A flow that cannot be run."""

    def __init__(self, place: str, what: str, mend: str = "", line: int = 0) -> None:
        self.problem = Problem(place, what, mend, line=line)
        super().__init__(str(self.problem))
