"""The two logs side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any

_SHOWN = 20


@dataclass
class Played:
    """One scene, played on both sides; seconds are those of one process."""

    name: str
    carts: int
    events: int
    memory: Sequence[str]
    tables: Sequence[str]
    broken: Sequence[str]
    done: dict[str, int]
    memory_s: float
    tables_s: float


@dataclass
class Verdict:
    """Figures of all scenes; the logs must be the same, and nothing broken."""

    seed: int
    carts: int = 0
    events: int = 0
    memory_hash: str = ""
    pg_hash: str = ""
    lines: int = 0
    differences: list[str] = field(default_factory=list)  # the first 20
    different: int = 0
    violations: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    memory_s: float = 0.0
    tables_s: float = 0.0  # of all processes together

    @classmethod
    def of(cls, seed: int, scenes: Sequence[Played]) -> Verdict:
        """The sum of all scenes."""
        ours, theirs = sha256(), sha256()
        made = cls(seed)
        for scene in sorted(scenes, key=lambda one: one.name):
            ours.update(_text(scene.memory))
            theirs.update(_text(scene.tables))
            made.add(scene)
        made.memory_hash, made.pg_hash = ours.hexdigest(), theirs.hexdigest()
        return made

    def add(self, scene: Played) -> None:
        """Count one more scene."""
        found = differences(scene)
        self.different += len(found)
        self.differences += list(islice(found, _SHOWN - len(self.differences)))
        self.violations += [f"{scene.name}: {line}" for line in scene.broken]
        self.carts += scene.carts
        self.events += scene.events
        self.lines += len(scene.tables)
        self.memory_s += scene.memory_s
        self.tables_s += scene.tables_s
        for what, times in scene.done.items():
            self.done[what] = self.done.get(what, 0) + times

    def broken(self) -> list[str]:
        """The promises that do not hold."""
        same = self.memory_hash == self.pg_hash
        told = [] if same else [f"memory and tables differ in {self.different} lines"]
        return [*told, *self.differences, *self.violations]

    def figures(self) -> dict[str, Any]:
        """All of them, for the JSON."""
        rate = self.carts / self.tables_s if self.tables_s else 0.0
        return {
            "carts": self.carts,
            "events": self.events,
            "lines": self.lines,
            "memory_hash": self.memory_hash,
            "pg_hash": self.pg_hash,
            "different": self.different,
            "violations": len(self.violations),
            "done": self.done,
            "memory_s": round(self.memory_s, 1),
            "carts_per_s_and_process": round(rate, 1),
        }


def differences(scene: Played) -> list[str]:
    """Lines that only one side has: "-" in memory, "+" in the tables; what is alike together."""
    memory, tables = Counter(scene.memory), Counter(scene.tables)
    only = [(line, "-") for line in (memory - tables).elements()]
    only += [(line, "+") for line in (tables - memory).elements()]
    return [f"{scene.name} {sign} {line}" for line, sign in sorted(only)]


def _text(lines: Sequence[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()
