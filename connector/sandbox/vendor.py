"""What the vendors' sandboxes share: planned faults, a clock to set over HTTP, plain pages."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, render_template_string, request

from connector.sandbox.server import Clock

# The texts shown come from strangers: nothing runs, nothing is sent anywhere.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; frame-src 'self'"
)
_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{{ title }}</title>
<style>
 body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;
      background:#f4f4f1;color:#222}
 h1{font-size:1.3rem} a{color:#0b5c8a} .none{color:#777}
 table{width:100%;border-collapse:collapse;background:#fff}
 td,th{padding:.5rem;text-align:left;border-bottom:1px solid #e4e4df;vertical-align:top}
 pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#fff;padding:1rem}
 iframe{width:100%;height:46rem;border:1px solid #ddd;background:#fff}
 .text{background:#fff;border-radius:1rem 1rem 1rem .2rem;padding:.7rem 1rem;
       margin:.3rem 4rem .2rem 0;overflow-wrap:anywhere;white-space:pre-wrap}
 .back{background:#cfe8d5;border-radius:1rem 1rem .2rem 1rem;margin:.3rem 0 .2rem 4rem}
 small{color:#666}
</style><h1>{{ title }}</h1>"""


@dataclass
class _Plan:
    name: str
    value: float
    to: str
    left: int


class Faults:
    """What the next requests shall suffer: `{"fail_5xx": 2}`, `{"hang_s": 3, "n": 1}`.

    Counted faults take the number as their count; valued ones take it as their value and
    `n` as their count (1 when absent). `to` limits a fault to one recipient.
    """

    def __init__(self, counted: Collection[str], valued: Collection[str]) -> None:
        self._counted, self._valued = frozenset(counted), frozenset(valued)
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()

    def plan(self, order: Mapping[str, Any]) -> None:
        """Add faults; an empty order takes all back. ValueError for one that is unknown."""
        names = order.keys() - {"n", "to"}
        if unknown := names - self._counted - self._valued:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        with self._lock:
            self._plans = self._plans if names else []
            self._plans += [self._planned(name, order) for name in names]

    def _planned(self, name: str, order: Mapping[str, Any]) -> _Plan:
        count = order[name] if name in self._counted else order.get("n", 1)
        return _Plan(name, float(order[name]), str(order.get("to", "")), int(count))

    def strike(self, *names: str, to: str = "") -> tuple[str, float] | None:
        """Use up one planned fault of these names for this recipient, or None."""
        with self._lock:
            for plan in self._plans:
                if plan.name in names and plan.left > 0 and plan.to in {"", to}:
                    plan.left -= 1
                    return plan.name, plan.value
        return None


def add_controls(app: Flask, faults: Faults, clock: Clock) -> None:
    """The two levers every vendor's sandbox has: its faults and its clock."""

    @app.post("/_sandbox/faults")
    def plan_faults() -> Response:
        try:
            faults.plan(request.get_json())
        except ValueError as error:
            return Response(f"{error}\n", 400)
        return jsonify(ok=True)

    @app.post("/_sandbox/clock")
    def set_clock() -> Response:
        clock.set(datetime.fromisoformat(request.get_json()["at"]))
        return jsonify(now=clock.now().isoformat())


def page(title: str, template: str, **context: Any) -> Response:
    """A plain page; everything in it is escaped."""
    html = render_template_string(_FRAME + template, title=title, **context)
    return Response(html, headers={"Content-Security-Policy": _POLICY})
