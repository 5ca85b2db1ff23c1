"""Settings that an adapter declares, so that forms, storage and `doctor` build themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One thing a merchant or operator must give; secret ones are never shown again."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    default: str = ""
