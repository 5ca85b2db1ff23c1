"""Starting the service as a person does, and looking for what it left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from connector.embedded.child import wait_until


def run_cli(*words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `cartwright` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "connector.cli", *words],
        env={**_plain_environment(), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def started(*command: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A Python program that runs beside the test, dead at its end."""
    with subprocess.Popen(
        [sys.executable, *command],
        env={**_plain_environment(), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def left_of(home: Path) -> list[str]:
    """The command lines of all processes that work for the installation in `home`."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        with suppress(psutil.Error):
            if process.pid != os.getpid() and _belongs(process, home):
                found.append(" ".join(process.info["cmdline"]))
    return found


def _belongs(process: psutil.Process, home: Path) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE:
        return False
    return (
        str(home) in " ".join(process.info["cmdline"] or [])
        or process.environ().get("CARTWRIGHT_HOME") == str(home)
        or process.cwd().startswith(str(home))
    )


def all_gone(home: Path, timeout_s: float = 15.0) -> bool:
    """Wait until nothing works for that installation any more."""
    return wait_until(lambda: not left_of(home), timeout_s)


def _plain_environment() -> dict[str, str]:
    ours = ("CARTWRIGHT_", "DATABASE_", "REDIS_", "SHOPIFY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
