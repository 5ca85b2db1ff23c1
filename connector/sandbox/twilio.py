"""A Twilio that shows its texts on a page: Messages of API 2010-04-01, signed callbacks, STOP."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, request

from connector.sandbox.phone import NUMBER, Network
from connector.sandbox.server import Clock, Listener
from connector.sandbox.vendor import add_controls, page

__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "NUMBER", "TwilioSandbox", "make_app", "start"]

ACCOUNT_SID = "AC" + "5a" * 16
AUTH_TOKEN = "sandbox-twilio-token"
API = "/2010-04-01/Accounts"

# Twilio's magic numbers of its test credentials
_BAD_TO = {"+15005550001": 21211, "+15005550004": 21610, "+15005550009": 21614}
_BAD_FROM = {"+15005550001": 21212, "+15005550007": 21606}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_WORDS = {
    20001: "Invalid parameter",
    20003: "Authenticate",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "Invalid 'To' Phone Number",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
}
_PHONE = """
<p><small>Every text that the service sent, newest first.</small></p>
{% for m in messages %}
 <div class="text{% if m.direction == 'inbound' %} back{% endif %}">{{ m.body }}</div>
 <small>{{ m["from"] or m.messaging_service_sid }} &rarr; {{ m.to }} &middot; {{ m.status }}
 {%- if m.error_code %} ({{ m.error_code }}){% endif %} &middot; {{ m.at }}</small>
{% else %}<p class="none">No texts yet.</p>{% endfor %}"""


class TwilioSandbox:
    """One account on one loopback port; stop() gives port and file back."""

    def __init__(self, port: int, network: Network) -> None:
        self.network = network
        self.listener = Listener(make_app(network), port)
        self.url, self.door = self.listener.url, self.listener.door

    @property
    def clock(self) -> Clock:
        """The time that its messages carry."""
        return self.network.clock

    def stop(self) -> None:
        """Stop answering."""
        self.listener.stop()
        self.network.stop()


def start(
    port: int = 0,
    folder: Path | None = None,
    *,
    account_sid: str = ACCOUNT_SID,
    auth_token: str = AUTH_TOKEN,
) -> TwilioSandbox:
    """Serve a Twilio on 127.0.0.1; without a folder it forgets everything at its end."""
    return TwilioSandbox(port, Network(folder, account_sid, auth_token))


def make_app(network: Network) -> Flask:
    """The API, the levers and the page."""
    app = Flask(__name__)
    _add_api(app, network)
    _add_levers(app, network)
    add_controls(app, network.faults, network.clock)
    return app


def _add_api(app: Flask, network: Network) -> None:
    @app.before_request
    def check_login() -> Response | None:
        if not request.path.startswith(API):
            return None
        given = request.authorization
        known = given and (given.username, given.password) == (
            network.account_sid,
            network.auth_token,
        )
        return None if known else error(401, 20003)

    @app.post(f"{API}/<sid>/Messages.json")
    def create(sid: str) -> Response:
        form = request.form.to_dict()
        return _struck(network, form) or _created(network, sid, form)

    @app.get(f"{API}/<sid>/Messages.json")
    def listing(sid: str) -> Response:
        asked = request.args.to_dict()
        return _struck(network, asked) or _listed(network, sid, asked)


def _add_levers(app: Flask, network: Network) -> None:
    @app.post("/_sandbox/inbound_url")
    def set_inbound_url() -> Response:
        order = request.get_json()
        network.answer_at(order["url"], order.get("number", "*"))
        return jsonify(ok=True)

    @app.post("/_sandbox/reply")
    def reply() -> Response:
        order = request.get_json()
        message = network.reply(order["from"], order.get("to", NUMBER), order["body"])
        return jsonify(sid=message["sid"])

    @app.get("/_sandbox/state")
    def state() -> Response:
        return jsonify(messages=network.messages())

    @app.get("/")
    def phone() -> Response:
        return page("Texts", _PHONE, messages=network.messages()[::-1])


def _created(network: Network, sid: str, form: dict[str, str]) -> Response:
    if code := refusal(network, form):
        return error(400, code)
    slow = network.faults.strike("hang_s")
    message = network.accept(form)
    if slow:
        time.sleep(slow[1])
    answer = jsonify(shown(sid, message))
    if network.faults.strike("no_sid"):
        answer = jsonify({})
    answer.status_code = 201
    return answer


def _listed(network: Network, sid: str, asked: dict[str, str]) -> Response:
    """One page of the messages that were asked for, newest first."""
    try:
        found = [m for m in reversed(network.messages()) if _fits(m, asked)]
    except ValueError:
        return error(400, 20001)
    size, number = min(int(asked.get("PageSize", "50")), 1000), int(asked.get("Page", "0"))
    shown_now = [shown(sid, m) for m in found[number * size : (number + 1) * size]]
    slow = network.faults.strike("hang_s", to=asked.get("To", ""))
    if slow:
        time.sleep(slow[1])
    return jsonify(messages=shown_now, **_paging(sid, asked, (number, size, len(found))))


def _fits(message: dict[str, Any], asked: dict[str, str]) -> bool:
    """Twilio's filters; one by date leaves out what has not been sent yet. ValueError: no date."""
    people = all(asked.get(name) in {None, message[name.lower()]} for name in ("To", "From"))
    dates = {sign: asked.get(f"DateSent{sign}") for sign in ("", "<", ">")}
    limits = {sign: date for sign, date in dates.items() if date}
    at = datetime.fromisoformat(message["at"]).replace(microsecond=0)
    sent = not limits or message["status"] != "queued"
    return people and sent and all(_within(at, sign, limit) for sign, limit in limits.items())


def _within(at: datetime, sign: str, limit: str) -> bool:
    """True if `at` is on the day (""), at the time or before ("<"), at the time or after (">")."""
    given = datetime.fromisoformat(limit)
    given = given if given.tzinfo else given.replace(tzinfo=UTC)
    if not sign:
        return at.date() == given.date()
    return at <= given if sign == "<" else at >= given


def _paging(sid: str, asked: dict[str, str], place: tuple[int, int, int]) -> dict[str, Any]:
    """Where this page stands and where the next one is; `place`: its number, its size, all."""
    number, size, total = place

    def uri(page_number: int) -> str:
        query = asked | {"PageSize": str(size), "Page": str(page_number)}
        return f"{API}/{sid}/Messages.json?{urlencode(query)}"

    return {
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": max(min((number + 1) * size, total) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(number - 1) if number else None,
        "next_page_uri": uri(number + 1) if (number + 1) * size < total else None,
    }


def _struck(network: Network, form: dict[str, str]) -> Response | None:
    fault = network.faults.strike("fail_5xx", "throttle", "error_code", to=form.get("To", ""))
    if fault is None:
        return None
    name, value = fault
    if name == "fail_5xx":
        return error(500, 20500)
    return error(429, 20429, Retry_After="1") if name == "throttle" else error(400, int(value))


def refusal(network: Network, form: dict[str, str]) -> int:
    """The code with which Twilio refuses this form, or 0."""
    to, sender = form.get("To", ""), form.get("From", "")
    checks = (
        (21604, not to),
        (21603, not sender and not form.get("MessagingServiceSid")),
        (21602, not form.get("Body") and not form.get("MediaUrl")),
        (_BAD_TO.get(to, 0), to in _BAD_TO),
        (_BAD_FROM.get(sender, 0), sender in _BAD_FROM),
        (21211, not _E164.fullmatch(to)),
        (21617, len(form.get("Body", "")) > 1600),  # noqa: PLR2004
        (21610, network.opted_out(to)),
    )
    return next((code for code, refused in checks if refused), 0)


def shown(account_sid: str, message: dict[str, Any]) -> dict[str, Any]:
    """A message as the API shows it."""
    date = format_datetime(datetime.fromisoformat(message["at"]))
    uri = f"{API}/{account_sid}/Messages/{message['sid']}"
    names = ("sid", "body", "from", "to", "status", "direction", "error_code")
    return {name: message[name] for name in names} | {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "date_created": date,
        "date_updated": date,
        "date_sent": None if message["status"] == "queued" else date,
        "error_message": None,
        "messaging_service_sid": message["messaging_service_sid"],
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "uri": f"{uri}.json",
    }


def error(status: int, code: int, **headers: str) -> Response:
    """An error as the API answers it."""
    body = {
        "code": code,
        "message": _WORDS.get(code, "Refused"),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    answer = jsonify(body)
    answer.status_code = status
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer
