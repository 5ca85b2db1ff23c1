"""The service's programs: their commands, and how to know that they answer."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connector.embedded.child import Child
from connector.supervisor.ports import HOST, Ports

_ASK_S = 2.0
_THREADS = 32  # of one web worker: they wait for the group commit, not for the processor


def sandbox(home: Path, ports: Ports, env: Mapping[str, str], options: Mapping[str, Any]) -> Child:
    """The process of the sandbox stores and vendors."""
    command = [sys.executable, "-m", "connector.sandbox", "--home", str(home / "sandbox")]
    command += ["--ports", json.dumps({**ports.sandbox, "web": ports.web})]
    return Child("sandbox", command, home / "logs/sandbox.log", env=env, options=options)


def web(
    home: Path,
    ports: Ports,
    env: Mapping[str, str],
    options: Mapping[str, Any],
    app: str = "connector.app:wsgi",
) -> Child:
    """The web server, with one worker process."""
    # fmt: off
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", app,
        "--host", HOST, "--port", str(ports.web), "--workers", "1",
        "--blocking-threads", str(_THREADS), "--backlog", "4096", "--no-ws",
        "--workers-kill-timeout", "5", "--log-level", "warning",
    ]
    # fmt: on
    return Child("web", command, home / "logs/web.log", env=env, options=options)


def ours(
    name: str, words: list[str], home: Path, env: Mapping[str, str], options: Mapping[str, Any]
) -> Child:
    """One of `cartwright`'s own long-running commands."""
    command = [sys.executable, "-m", "connector.cli", *words]
    return Child(name, command, home / "logs" / f"{name}.log", env=env, options=options)


def answers_http(port: int, path: str = "/") -> bool:
    """True if something answers HTTP there, whatever it says."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_ASK_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
