"""Opens doors to this machine for adapters, the same way the supervisor does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from connector.http import loopback


@contextmanager
def open_doors(*doors: str, timeout_s: float = 2.0) -> Iterator[None]:
    """While inside, `name=host:port` routes a vendor's name, a bare `host:port` is a door."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTWRIGHT_LOOPBACK", ",".join(doors))
        patch.setenv("CARTWRIGHT_HTTP_TIMEOUT_S", str(timeout_s))
        loopback.cache_clear()
        yield
    loopback.cache_clear()
