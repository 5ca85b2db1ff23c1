"""What makes a process die at a named point: it wraps the function from outside, in itself."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.cli.campaign.points import Blow, Point
from connector.errors import ConfigError


@dataclass(frozen=True)
class Fuse:
    """Goes off at the n-th passing of a point; `postmaster` is PostgreSQL's first process."""

    point: Point
    nth: int
    postmaster: int = 0

    def blow(self) -> None:
        """Do it: nothing of this process runs after a kill."""
        match self.point.blow:
            case Blow.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            case Blow.STALL:
                os.kill(os.getpid(), signal.SIGSTOP)
            case Blow.POSTGRES:
                os.kill(self.postmaster, signal.SIGKILL)


def check(point: Point) -> None:
    """ConfigError if the place that a point names is not there any more."""
    _found(point)


def lay(fuse: Fuse) -> None:
    """Wrap the point's function in this process."""
    owner, name, function = _found(fuse.point)
    setattr(owner, name, _wrapped(function, fuse))


def _found(point: Point) -> tuple[Any, str, Callable[..., Any]]:
    module, _, path = point.where.partition(":")
    *outer, name = path.split(".")
    try:
        owner = functools.reduce(getattr, outer, importlib.import_module(module))
        return owner, name, getattr(owner, name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"the crash point {point.name} is lost: {error}") from error


def _wrapped(function: Callable[..., Any], fuse: Fuse) -> Callable[..., Any]:
    passed, lock = 0, threading.Lock()

    def passing() -> None:
        nonlocal passed
        with lock:
            passed += 1
            if passed == fuse.nth:
                fuse.blow()

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if fuse.point.before:
            passing()
        result = function(*args, **kwargs)
        if not fuse.point.before:
            passing()
        return result

    return wrapper
