"""One GraphQL document of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One document; a failed read may simply be repeated, a failed write may have happened."""

    name: str
    document: str
    writes: bool = False
