"""What the doctor says: one finding a thing looked at, with the mend when it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is; only `fail` makes the exit code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    what: str
    text: str
    mend: str = ""

    def line(self) -> str:
        """As a person reads it."""
        mend = f"\n      {'':<18} -> {self.mend}" if self.mend else ""
        return f"{self.level:<5} {self.what:<18} {self.text}{mend}"


def ok(what: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, what, text)


def warn(what: str, text: str, mend: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(Level.WARN, what, text, mend)


def fail(what: str, text: str, mend: str) -> Finding:
    """It does not work, or it is not safe."""
    return Finding(Level.FAIL, what, text, mend)
