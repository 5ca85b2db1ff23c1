"""A Mailchimp with one audience: Marketing API 3.0 as far as members and their tags go."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from connector.sandbox.audience import Audience, shown_member, shown_segment
from connector.sandbox.server import Clock, Listener
from connector.sandbox.vendor import add_controls, page

API_KEY = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a-us1"  # "us1" is the data centre
LIST_ID = "5a5a5a5a5a"
MAX_BATCH = 500
MAX_CONNECTIONS = 10

_CROWDED = "You have exceeded the limit of 10 simultaneous connections."
_TITLES = {
    400: "Invalid Resource",
    401: "API Key Invalid",
    404: "Resource Not Found",
    429: "Too Many Requests",
}
_PAGE = """
<p><small>{{ calls }} calls so far.</small></p>
<table><tr><th>Person<th>Status<th>Tags</tr>
{% for m in members %}<tr><td>{{ m.email }}<td>{{ m.status }}<td>{{ m.tags | join(", ") }}</tr>
{% else %}<tr><td colspan="3" class="none">Nobody yet.</td></tr>{% endfor %}</table>"""


class Mailchimp:
    """The account on one loopback port; stop() gives port and file back."""

    def __init__(self, port: int, audience: Audience, api_key: str) -> None:
        self.audience = audience
        self.listener = Listener(make_app(audience, api_key), port)
        self.url, self.door = self.listener.url, self.listener.door

    @property
    def clock(self) -> Clock:
        """The time that its members carry."""
        return self.audience.clock

    def stop(self) -> None:
        """Stop answering."""
        self.listener.stop()
        self.audience.shelf.close()


def start(
    port: int = 0,
    folder: Path | None = None,
    *,
    api_key: str = API_KEY,
    list_id: str = LIST_ID,
) -> Mailchimp:
    """Serve a Mailchimp on 127.0.0.1; without a folder it forgets everything at its end."""
    return Mailchimp(port, Audience(folder, list_id), api_key)


def make_app(audience: Audience, api_key: str) -> Flask:
    """The API, the levers and the page."""
    app = Flask(__name__)
    _add_door(app, audience, api_key)
    _add_members(app, audience)
    _add_segments(app, audience)
    _add_levers(app, audience)
    add_controls(app, audience.faults, audience.clock)
    return app


def problem(status: int, detail: str) -> Response:
    """An error as the API answers it (RFC 7807)."""
    answer = jsonify(
        type="https://mailchimp.com/developer/marketing/docs/errors/",
        title=_TITLES.get(status, "Error"),
        status=status,
        detail=detail,
        instance="00000000-0000-0000-0000-000000000000",
    )
    answer.status_code = status
    answer.content_type = "application/problem+json; charset=utf-8"
    return answer


def _add_door(app: Flask, audience: Audience, api_key: str) -> None:
    inside = threading.Semaphore(MAX_CONNECTIONS)

    @app.before_request
    def let_in() -> Response | None:
        if not request.path.startswith("/3.0/"):
            return None
        audience.count_call()
        if not inside.acquire(blocking=False):
            return problem(429, _CROWDED)
        request.environ["sandbox.inside"] = True
        return _unknown(audience, api_key) or _struck(audience)

    @app.teardown_request
    def give_the_connection_back(_error: BaseException | None) -> None:
        if request.environ.pop("sandbox.inside", False):
            inside.release()


def _unknown(audience: Audience, api_key: str) -> Response | None:
    login, path = request.authorization, request.view_args or {}
    if not login or login.password != api_key:
        return problem(401, "Your API key may be invalid")
    if path.get("list_id", audience.list_id) != audience.list_id:
        return problem(404, "The requested resource could not be found.")
    return None


def _struck(audience: Audience) -> Response | None:
    fault = audience.faults.strike("fail_5xx", "throttle", "forbid_bare")
    if fault is None:
        return None
    if fault[0] == "throttle":
        return problem(429, _CROWDED)
    # empty bodies, as measured: the official SDK takes such a 500 for a success
    return Response("", 500 if fault[0] == "fail_5xx" else 403, mimetype="text/plain")


def _add_members(app: Flask, audience: Audience) -> None:
    @app.get("/3.0/ping")
    def ping() -> Response:
        return jsonify(health_status="Everything's Chimpy!")

    @app.get("/3.0/lists/<list_id>")
    def one_list(list_id: str) -> Response:
        count = sum(m["status"] == "subscribed" for m in audience.members())
        return jsonify(id=list_id, name="Sandbox", stats={"member_count": count})

    @app.post("/3.0/lists/<list_id>")
    def batch(**_path: str) -> Response:
        order = request.get_json(force=True)
        if len(order["members"]) > MAX_BATCH:
            return problem(400, "You can subscribe up to 500 members at a time")
        done = audience.subscribe(order["members"], update=bool(order.get("update_existing")))
        return jsonify(done)

    @app.get("/3.0/lists/<list_id>/members")
    def members(list_id: str) -> Response:
        found = audience.members()
        shown = [shown_member(audience, member) for member in _paged(found)]
        return jsonify(members=shown, list_id=list_id, total_items=len(found))

    @app.get("/3.0/lists/<list_id>/members/<subscriber_hash>")
    def member(subscriber_hash: str, **_path: str) -> Response:
        found = audience.shelf.get("member", subscriber_hash)
        if found is None:
            return problem(404, "The requested resource could not be found.")
        return jsonify(shown_member(audience, found))


def _add_segments(app: Flask, audience: Audience) -> None:
    @app.get("/3.0/lists/<list_id>/segments")
    def segments(list_id: str) -> Response:
        found = audience.segments()
        shown = [shown_segment(audience, segment) for segment in _paged(found)]
        return jsonify(segments=shown, list_id=list_id, total_items=len(found))

    @app.post("/3.0/lists/<list_id>/segments")
    def create_segment(**_path: str) -> Response:
        order = request.get_json(force=True)
        if any(order["name"] == segment["name"] for segment in audience.segments()):
            return problem(400, "Sorry, that tag already exists.")
        made = audience.new_segment(order["name"], order.get("static_segment", []))
        return jsonify(shown_segment(audience, made))

    @app.post("/3.0/lists/<list_id>/segments/<int:number>")
    def batch_segment(number: int, **_path: str) -> Response:
        order = request.get_json(force=True)
        add, remove = order.get("members_to_add", []), order.get("members_to_remove", [])
        if max(len(add), len(remove)) > MAX_BATCH:
            return problem(400, "You can change up to 500 members at a time")
        done = audience.retag(number, add, remove)
        return jsonify(done) if done is not None else problem(404, "No such segment.")


def _add_levers(app: Flask, audience: Audience) -> None:
    @app.post("/_sandbox/members")
    def set_member() -> Response:
        order = request.get_json()
        audience.put(order["email"], order["status"])
        return jsonify(ok=True)

    @app.get("/_sandbox/state")
    def state() -> Response:
        return jsonify(members=list(_people(audience)), calls=audience.calls())

    @app.get("/")
    def listing() -> Response:
        return page("Audience", _PAGE, members=list(_people(audience)), calls=audience.calls())


def _paged(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The page that was asked for; ten entries unless told otherwise, never over 1000."""
    wanted = request.args.get("count", "10")
    offset = int(request.args.get("offset", "0"))
    return found[offset : offset + min(int(wanted) if re.fullmatch(r"\d+", wanted) else 10, 1000)]


def _people(audience: Audience) -> Iterator[dict[str, Any]]:
    for member in audience.members():
        tags = [tag["name"] for tag in audience.tags_of(member["id"])]
        email, status = member["email_address"], member["status"]
        yield {"email": email, "status": status, "tags": sorted(tags)}
