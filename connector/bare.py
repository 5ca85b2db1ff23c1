"""The web application with everything but the durable insert: what intake is measured against."""

from __future__ import annotations

from typing import Any

from flask import Flask

from connector import lifeline
from connector.app import create_app


class _KeepsNothing:
    """Stands where the writer of deliveries stands."""

    def keep(self, row: dict[str, Any]) -> bool:
        """Say that it was kept."""
        return bool(row)


def __getattr__(name: str) -> Flask:
    """`wsgi`, made when the server asks for it."""
    if name != "wsgi":
        raise AttributeError(name)
    lifeline.watch()
    made = create_app()
    made.extensions["cartwright_intake"] = _KeepsNothing()
    globals()["wsgi"] = made
    return made
