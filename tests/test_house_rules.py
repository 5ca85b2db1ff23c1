"""The habits that a machine can watch over."""

from __future__ import annotations

import ast
import inspect
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

import jobs.dispatch
from connector.audiences import AUDIENCES
from connector.channels import CHANNELS
from connector.db import Base
from connector.outlets import OUTLETS
from platforms import PLATFORMS

ROOT = Path(__file__).resolve().parents[1]
OURS = ("connector", "platforms", "jobs", "tests")
# What there is before a store is chosen belongs to none.
NOT_A_STORES = {
    "stores",
    "product_clock",
    "accounts",
    "account_keys",
    "trials",
    "system_mails",
    "own_secrets",
}


def files() -> list[Path]:
    return sorted(
        path
        for folder in OURS
        for path in (ROOT / folder).rglob("*.py")
        if "versions" not in path.parts
    )


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Of the code: a docstring costs nothing."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_no_file_is_longer_than_300_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in files() if (n := length(p)) > 300}
    assert not long


def length(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{p.relative_to(ROOT)}:{f.name}" for p in files() for f in functions(p) if lines(f) > 40
    ]
    assert not long


def test_the_usual_function_has_8_lines_at_most() -> None:
    assert statistics.median(lines(f) for p in files() for f in functions(p)) <= 8


def test_every_public_module_class_and_function_says_what_it_is_for() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'name', '')}"
        for path in files()
        if path.relative_to(ROOT).parts[0] != "tests"
        for node in [parsed(path), *public(parsed(path))]
        if not ast.get_docstring(node)
    ]
    assert not silent


def public(module: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_nothing_is_left_for_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    left = [str(p) for p in files() if any(f"{w}:" in p.read_text() for w in words)]
    assert not left


@pytest.mark.parametrize(
    ("suite", "registry"),
    [
        ("PlatformContract", PLATFORMS),
        ("ChannelContract", CHANNELS),
        ("AudienceContract", AUDIENCES),
        ("OutletContract", OUTLETS),
    ],
)
def test_every_adapter_is_under_contract(suite: str, registry: dict[str, type]) -> None:
    """`TestTwilio(ChannelContract)` puts the adapter `Twilio` under contract."""
    tested = set(heirs(suite))
    assert {f"Test{adapter.__name__}" for adapter in registry.values()} <= tested


def heirs(suite: str) -> Iterator[str]:
    """The test classes that inherit a suite."""
    for path in (ROOT / "tests" / "contracts").glob("test_*.py"):
        for node in ast.walk(parsed(path)):
            bases = [ast.unparse(base) for base in getattr(node, "bases", ())]
            if isinstance(node, ast.ClassDef) and suite in bases:
                yield node.name


def test_every_row_belongs_to_a_store() -> None:
    homeless = [
        table.name
        for table in Base.metadata.sorted_tables
        if "store_id" not in table.columns and table.name not in NOT_A_STORES
    ]
    assert not homeless


def test_jobs_take_row_references_and_nothing_else() -> None:
    """What is in the queue may be lost or repeated: it holds no facts."""
    for due in jobs.dispatch.DUE:
        assert isinstance(due.job, FunctionType)
        signature = inspect.signature(due.job)
        assert [str(p.annotation) for p in signature.parameters.values()] == ["list[Ref]"]


def test_the_repository_knows_no_place_but_itself() -> None:
    """No path of a machine and no package host in what we publish."""
    secret = ("/" + "work/", "/" + "root/", "/" + "home/")
    told = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in [*files(), *(ROOT / name for name in ("README.md", "Makefile", "Procfile"))]
        if path.exists()
        for word in secret
        if word in path.read_text()
    ]
    assert not told
