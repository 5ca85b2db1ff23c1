"""Errors that say what the caller may do; vendors' codes stay inside the adapters."""

from __future__ import annotations

from enum import StrEnum


class CartwrightError(Exception):
    """Base of all errors that we raise on purpose."""


class ConfigError(CartwrightError):
    """The installation is not set up: the text says what to do, in one line."""


class NotFound(CartwrightError):
    """No such row, or not this store's."""


class InvalidSignature(CartwrightError):
    """Nobody we know signed this."""


class Malformed(CartwrightError):
    """A verified body that is not what it should be."""


class AdapterError(CartwrightError):
    """Something outside did not do what we asked; `detail` is safe to show and log."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotSent(AdapterError):
    """Certainly nothing happened there; may be tried again, `after` seconds from now."""

    def __init__(self, detail: str, after: float | None = None) -> None:
        super().__init__(detail)
        self.after = after


class Scope(StrEnum):
    """How far a refusal reaches."""

    MESSAGE = "message"  # this text, this time
    ADDRESS = "address"  # the address is no good
    OPT_OUT = "opt-out"  # the vendor knows that the person asked to stop


class Refused(AdapterError):
    """The vendor will never accept this."""

    def __init__(self, detail: str, scope: Scope = Scope.MESSAGE) -> None:
        super().__init__(detail)
        self.scope = scope


class CodeTaken(Refused):
    """A discount code of that name exists."""


class Disconnected(AdapterError):
    """The merchant's credentials no longer work: pause, and tell her."""


class OutcomeUnknown(AdapterError):
    """It may have happened. Look it up; never blindly repeat it."""
