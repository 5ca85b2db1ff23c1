"""The merchant's desk: her carts, their stories, what went wrong; one store a session.

Every route is in the table below. All but auth.PUBLIC need a session, which alone says whose
rows are seen; nothing changes but by a POST from our own forms.
"""

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from connector.web.desk import (
    assets,
    auth,
    carts,
    connection,
    headers,
    leaving,
    marketing,
    past,
    privacy,
    problems,
    shown,
    signing_in,
)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

blueprint.add_url_rule("/assets/<name>", "asset", assets.asset)
blueprint.add_url_rule("/enter/<token>", "ask", signing_in.ask)
blueprint.add_url_rule("/enter/<token>", "enter", signing_in.enter, methods=["POST"])
blueprint.add_url_rule("/leave", "leave", signing_in.leave, methods=["POST"])
blueprint.add_url_rule("/", "carts", carts.overview)
blueprint.add_url_rule("/carts/<int(max=9223372036854775807):cart_id>", "cart", carts.one)
blueprint.add_url_rule("/pause", "marketing", marketing.switch)
blueprint.add_url_rule("/pause", "pause", marketing.pause, methods=["POST"])
blueprint.add_url_rule("/resume", "resume", marketing.resume, methods=["POST"])
blueprint.add_url_rule("/problems", "problems", problems.overview)
blueprint.add_url_rule(
    "/problems/<int(max=9223372036854775807):webhook_id>/replay",
    "replay",
    problems.replay,
    methods=["POST"],
)

blueprint.add_url_rule("/past", "past", past.overview)
blueprint.add_url_rule("/past", "past_ask", past.ask, methods=["POST"])

blueprint.add_url_rule("/connection", "connection", connection.overview)
blueprint.add_url_rule("/connection/check", "check_connection", connection.check, methods=["POST"])

blueprint.add_url_rule("/privacy", "privacy", privacy.overview)
blueprint.add_url_rule("/privacy", "privacy_ask", privacy.ask, methods=["POST"])
blueprint.add_url_rule(
    "/privacy/<int(max=9223372036854775807):request_id>/export",
    "privacy_export",
    privacy.export,
    methods=["POST"],
)

blueprint.add_url_rule("/disconnect", "disconnecting", leaving.ask)
blueprint.add_url_rule("/disconnect", "disconnect", leaving.leave, methods=["POST"])

blueprint.before_request(auth.guard)
blueprint.after_request(headers.add)
blueprint.register_error_handler(HTTPException, headers.error_page)
blueprint.context_processor(shown.helpers)
blueprint.add_app_template_global(assets.look_url, "look_url")
