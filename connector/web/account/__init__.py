"""A merchant's account: signing up and in, her password, her stores.

Every route is in the table below. All but auth.PUBLIC need her session, which alone says whose
stores are seen; nothing changes but by a POST from our own forms.
"""

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from connector.passwords import Busy
from connector.web.account import (
    auth,
    mailbox,
    passwords,
    refusals,
    resetting,
    signing_in,
    signing_up,
    stores,
)
from connector.web.desk import headers

blueprint = Blueprint("account", __name__, url_prefix="/account")

_GET, _POST = ["GET"], ["POST"]
for path, name, view, methods in (
    ("/sign-up", "sign_up", signing_up.ask, _GET),
    ("/sign-up", "signed_up", signing_up.sign_up, _POST),
    ("/confirm/<token>", "confirm", mailbox.ask, _GET),
    ("/confirm/<token>", "confirmed", mailbox.confirm, _POST),
    ("/sign-in", "sign_in", signing_in.ask, _GET),
    ("/sign-in", "signed_in", signing_in.sign_in, _POST),
    ("/forgotten", "forgotten", resetting.ask_for_link, _GET),
    ("/forgotten", "send_link", resetting.send_link, _POST),
    ("/reset/<token>", "reset", resetting.ask, _GET),
    ("/reset/<token>", "was_reset", resetting.reset, _POST),
    ("/", "stores", stores.overview, _GET),
    ("/stores/<public_id>/open", "open", stores.open_desk, _POST),
    ("/stores/<public_id>/take-off", "ask_take_off", stores.ask_take_off, _GET),
    ("/stores/<public_id>/take-off", "take_off", stores.take_off, _POST),
    ("/keep", "keep", stores.keep, _POST),
    ("/again", "again", mailbox.again, _POST),
    ("/settings", "settings", passwords.settings, _GET),
    ("/settings/password", "change_password", passwords.change, _POST),
    ("/sign-out", "sign_out", signing_in.sign_out, _POST),
    ("/sign-out-everywhere", "everywhere", signing_in.sign_out_everywhere, _POST),
):
    blueprint.add_url_rule(path, name, view, methods=methods)

blueprint.before_request(auth.guard)
blueprint.after_request(auth.keep_form_key)
blueprint.after_request(headers.add)
blueprint.register_error_handler(HTTPException, refusals.error_page)
blueprint.register_error_handler(Busy, refusals.busy)
blueprint.context_processor(auth.helpers)
