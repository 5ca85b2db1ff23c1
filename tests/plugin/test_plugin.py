"""The shop plugin: its PHP is sound, its pure classes do right, its zip holds it and no more."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from platforms.woocommerce.plugin.pack import SOURCE, pack

HERE = Path(__file__).resolve().parent
PHP = shutil.which("php")
needs_php = pytest.mark.skipif(PHP is None, reason="php is not installed (Debian: php-cli)")
FILES = sorted(SOURCE.rglob("*.php"))


def php(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert PHP is not None
    command = [PHP, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@needs_php
def test_every_file_is_php() -> None:
    answers = {path.name: php("-l", str(path)) for path in FILES}
    assert {name: a.stdout for name, a in answers.items() if a.returncode} == {}
    assert len(answers) > 20


@needs_php
def test_the_pure_classes_do_right() -> None:
    answer = php(str(HERE / "run.php"), str(SOURCE))
    failed = [line for line in answer.stdout.splitlines() if not line.startswith("ok ")]
    assert (failed, answer.stderr, answer.returncode) == ([], "", 0)
    written = sum(path.read_text().count("\nfunction test_") for path in HERE.glob("cases/*.php"))
    assert len(answer.stdout.splitlines()) == written


@needs_php
def test_a_test_that_fails_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "cartwright"
    shutil.copytree(SOURCE, broken)
    plan = broken / "includes/class-restore-plan.php"
    plan.write_text(plan.read_text().replace("max( $have, $can )", "$have + $can"))
    answer = php(str(HERE / "run.php"), str(broken))
    assert answer.returncode == 1
    assert "FAILED test_what_is_missing_is_added" in answer.stdout


@needs_php
def test_a_file_called_by_its_address_does_nothing() -> None:
    """A web server runs any .php that is asked for: outside of WordPress each stops at once."""
    answers = [php(str(path)) for path in FILES]
    assert [(a.stdout, a.stderr, a.returncode) for a in answers] == [("", "", 0)] * len(FILES)


def test_the_zip_holds_the_plugin_and_no_more(tmp_path: Path) -> None:
    pack(tmp_path / "a/cartwright.zip")
    with zipfile.ZipFile(tmp_path / "a/cartwright.zip") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert {"cartwright/cartwright.php", "cartwright/readme.txt", "cartwright/uninstall.php"} <= {
        *names
    }
    kinds = {Path(name).suffix for name in names}
    assert kinds == {".php", ".txt", ".js"}
    assert all(name.startswith("cartwright/") and "test" not in name for name in names)


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    pack(first)
    pack(second)
    assert first.read_bytes() == second.read_bytes()


def test_one_version_everywhere() -> None:
    head = (SOURCE / "cartwright.php").read_text()
    readme = (SOURCE / "readme.txt").read_text()
    found = {
        *re.findall(r"^ \* Version: (.+)$", head, re.MULTILINE),
        *re.findall(r"^const VERSION = '(.+)';$", head, re.MULTILINE),
        *re.findall(r"^Stable tag: (.+)$", readme, re.MULTILINE),
    }
    assert len(found) == 1
    assert "License: GPL-2.0-or-later" in head
    assert "License: GPL-2.0-or-later" in readme


def test_every_word_that_people_read_can_be_translated() -> None:
    """A call without our text domain would look the words up in WordPress' own."""
    call = re.compile(r"\b(?:esc_html_|esc_attr_|_)_\( '(?:[^'\\]|\\.)*'(?P<domain>[^)]*)\)")
    calls = [(path.name, m) for path in FILES for m in call.finditer(path.read_text())]
    assert len(calls) > 50
    assert [(n, m[0]) for n, m in calls if m["domain"].strip() != ", 'cartwright'"] == []


def test_no_file_of_the_plugin_is_longer_than_300_lines() -> None:
    long = {path.name: n for path in FILES if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}
