"""A Slack channel, and a merchant's own software that takes Standard Webhooks, on one port."""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from connector.sandbox.server import Clock, Listener, Shelf
from connector.sandbox.vendor import Faults, add_controls, page

SLACK_URL = "https://hooks.slack.com/services/T" + "5A" * 4 + "/B" + "5A" * 4 + "/" + "5a" * 12
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"the sandbox's merchant knows").decode()
WEBHOOK_PATH = "/webhooks"

_TOLERANCE_S = 300  # of a webhook's timestamp, before and after
_MAX_LETTERS = 40_000
_SLACK_FAULTS: Mapping[str, tuple[int, str]] = {
    "fail_5xx": (500, "rollup_error"),
    "throttle": (429, "rate_limited"),
    "invalid": (400, "invalid_payload"),
    "prohibited": (403, "action_prohibited"),
    "archived": (410, "channel_is_archived"),
}
_MENTION = re.compile(r"<([!@#][^>|]+)[^>]*>")
_LINK = re.compile(r"<([^!@#>][^>|]*)\|([^>]+)>")
_PAGE = """
<h2>Slack</h2>
{% for m in messages %}<div class="text">{{ m.shown }}</div><small>{{ m.at }}</small>
{% else %}<p class="none">No messages yet.</p>{% endfor %}
<h2>Webhooks</h2>
<table><tr><th>Id<th>Body<th>Came<th>At</tr>
{% for w in webhooks %}<tr><td><small>{{ w.id }}</small><td><pre>{{ w.body }}</pre>
<td>{{ w.deliveries }} &times;<td><small>{{ w.at }}</small></tr>
{% else %}<tr><td colspan="4" class="none">No webhooks yet.</td></tr>{% endfor %}</table>"""


class Ears:
    """What staff read and what software was told, with the keys both know."""

    def __init__(self, folder: Path | None, slack_url: str, webhook_secret: str) -> None:
        self.slack_path = slack_url.removeprefix("https://hooks.slack.com")
        self.key = base64.b64decode(webhook_secret.removeprefix("whsec_"))
        self.shelf = Shelf(folder / "outlets.sqlite" if folder else None)
        self.clock = Clock()
        self.faults = Faults(
            counted=(*_SLACK_FAULTS, "gone"), valued=("hang_s", "status", "answer_mb")
        )
        self._lock = threading.Lock()

    def messages(self) -> list[dict[str, Any]]:
        """What stands in the Slack channel, oldest first."""
        return self.shelf.all("message")

    def webhooks(self) -> list[dict[str, Any]]:
        """The webhooks by their ids, in the order of their first arrival."""
        return sorted(self.shelf.all("webhook"), key=lambda webhook: int(webhook["n"]))

    def post(self, payload: dict[str, Any]) -> None:
        """Put a message into the channel."""
        text = str(payload.get("text", ""))[:_MAX_LETTERS]
        kept = {"at": self._at(), "payload": payload, "shown": as_read(text)}
        number = self.shelf.next_id("message")
        self.shelf.put("message", f"{number:012d}", kept | {"mentions": _MENTION.findall(text)})

    def take(self, message_id: str, timestamp: int, body: str) -> None:
        """Note a verified webhook; a repeat of its id is known as one."""
        with self._lock:
            known = self.shelf.get("webhook", message_id)
            if known is None:
                number = self.shelf.next_id("webhook")
                known = {"id": message_id, "n": number, "at": self._at(), "deliveries": 0}
                known |= {"body": body, "timestamps": []}
            known["deliveries"] += 1
            known["timestamps"].append(timestamp)
            self.shelf.put("webhook", message_id, known)

    def signed(self, message_id: str, timestamp: str, body: bytes, header: str) -> bool:
        """True if one of the signatures in the header is by this merchant's key."""
        content = b".".join((message_id.encode(), timestamp.encode(), body))
        own = base64.b64encode(hmac.digest(self.key, content, "sha256"))
        given = [part.partition(",") for part in header.split(" ")]
        return any(
            version == "v1" and hmac.compare_digest(own, signature.encode())
            for version, _, signature in given
        )

    def _at(self) -> str:
        return self.clock.now().isoformat()


class Outlets:
    """Both on one loopback port; stop() gives port and file back."""

    def __init__(self, port: int, ears: Ears) -> None:
        self.ears = ears
        self.listener = Listener(make_app(ears), port)
        self.url, self.door = self.listener.url, self.listener.door
        self.webhook_url = self.url + WEBHOOK_PATH

    @property
    def clock(self) -> Clock:
        """The time that its messages carry."""
        return self.ears.clock

    def stop(self) -> None:
        """Stop answering."""
        self.listener.stop()
        self.ears.shelf.close()


def start(
    port: int = 0,
    folder: Path | None = None,
    *,
    slack_url: str = SLACK_URL,
    webhook_secret: str = WEBHOOK_SECRET,
) -> Outlets:
    """Serve both on 127.0.0.1; without a folder they forget everything at their end."""
    return Outlets(port, Ears(folder, slack_url, webhook_secret))


def make_app(ears: Ears) -> Flask:
    """Slack's endpoint, the merchant's, the levers and the page."""
    app = Flask(__name__)
    _add_slack(app, ears)
    _add_webhooks(app, ears)
    _add_levers(app, ears)
    add_controls(app, ears.faults, ears.clock)
    return app


def as_read(text: str) -> str:
    """A message's text as Slack shows it: links by their labels, mentions, escapes undone."""
    shown = _LINK.sub(r"\2", _MENTION.sub(lambda found: "@" + found[1].lstrip("!@#"), text))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _add_slack(app: Flask, ears: Ears) -> None:
    @app.post("/services/<team>/<hook>/<token>")
    def incoming(**_path: str) -> Response:
        payload = _payload()
        trouble = _unknown_hook(ears) or _planned(ears) or _unfit(payload)
        if trouble:
            return _said(*trouble)
        slow = ears.faults.strike("hang_s", to="slack")
        ears.post(payload or {})
        if slow:
            time.sleep(slow[1])
        return _said(200, "ok")


def _unknown_hook(ears: Ears) -> tuple[int, str] | None:
    if request.path == ears.slack_path:
        return None
    same_hook = request.path.rpartition("/")[0] == ears.slack_path.rpartition("/")[0]
    return (403, "invalid_token") if same_hook else (404, "no_service")


def _planned(ears: Ears) -> tuple[int, str] | None:
    fault = ears.faults.strike(*_SLACK_FAULTS, "status", to="slack")
    if fault is None:
        return None
    return _SLACK_FAULTS.get(fault[0]) or (int(fault[1]), "")


def _payload() -> dict[str, Any] | None:
    """The JSON object of the body, or of the form field `payload`; None if there is none."""
    text = request.form.get("payload") or request.get_data(as_text=True)
    try:
        payload = json.loads(text)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None


def _unfit(payload: dict[str, Any] | None) -> tuple[int, str] | None:
    if payload is None:
        return 400, "invalid_payload"
    said = any(payload.get(name) for name in ("text", "blocks", "attachments"))
    return None if said else (400, "no_text")


def _said(status: int, word: str) -> Response:
    headers = {"Retry-After": "30"} if status == 429 else {}  # noqa: PLR2004
    return Response(word, status, headers, mimetype="text/html")


def _add_webhooks(app: Flask, ears: Ears) -> None:
    @app.post(WEBHOOK_PATH)
    def webhook() -> Response:
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message_id, timestamp, signature = (request.headers.get(name, "") for name in names)
        body = request.get_data()
        if not (message_id and timestamp.isdecimal() and signature):
            return Response("a header is missing\n", 400)
        # by the real clock: so does whoever signs, whatever time the sandbox plays
        if abs(time.time() - int(timestamp)) > _TOLERANCE_S:
            return Response("too old or too new\n", 401)
        if not ears.signed(message_id, timestamp, body, signature):
            return Response("not signed by us\n", 401)
        keep = partial(ears.take, message_id, int(timestamp), body.decode("utf-8", "replace"))
        return _answered(ears.faults, keep)


def _answered(faults: Faults, keep: Callable[[], None]) -> Response:
    """The answer to a webhook that is true; what is refused is not kept."""
    fault = faults.strike("fail_5xx", "throttle", "gone", "status", to="webhook")
    if fault:
        status = {"fail_5xx": 500, "throttle": 429, "gone": 410}.get(fault[0], int(fault[1]))
        return Response("", status, {"Retry-After": "30", "Location": "/elsewhere"})
    slow = faults.strike("hang_s", to="webhook")
    long = faults.strike("answer_mb", to="webhook")
    keep()
    if slow:
        time.sleep(slow[1])
    return Response(b"x" * int(long[1] * 2**20), 200) if long else Response(status=204)


def _add_levers(app: Flask, ears: Ears) -> None:
    @app.get("/_sandbox/state")
    def state() -> Response:
        return jsonify(slack=ears.messages(), webhooks=ears.webhooks())

    @app.get("/")
    def listing() -> Response:
        told = {"messages": ears.messages()[::-1], "webhooks": ears.webhooks()[::-1]}
        return page("Staff and software", _PAGE, **told)
