"""The web application, put together: what granian or gunicorn serves as `connector.app:wsgi`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from connector import lifeline
from connector.web import account, desk, hooks, install, links, privacy_calls
from connector.web.intake import PATIENCE_S, Intake
from jobs.runtime import runtime

_TEMPLATES = Path(__file__).parent.parent / "templates"
_STRICT = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


def create_app(patience_s: float = PATIENCE_S) -> Flask:
    """Blueprints, error pages, safe headers; the writer of deliveries starts here.

    A delivery that is not on disk after `patience_s` is answered with 503.
    """
    means = runtime()
    app = Flask(__name__, template_folder=str(_TEMPLATES), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = hooks.MAX_BODY
    app.extensions["cartwright_intake"] = Intake(means.sessions, patience_s)
    app.extensions["cartwright_stores"] = hooks.StoreCache(patience_s)
    for blueprint in (
        hooks.blueprint,
        links.blueprint,
        desk.blueprint,
        account.blueprint,
        install.blueprint,
    ):
        app.register_blueprint(blueprint)
    app.add_url_rule(
        "/hooks/woocommerce/<public_id>/privacy",
        "privacy_call",
        privacy_calls.woocommerce,
        methods=["POST"],
    )
    app.add_url_rule("/healthz", "health", _health)
    app.register_error_handler(HTTPException, _error_page)
    app.after_request(_safe_headers)
    if means.config.proxies:
        hops = means.config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _health() -> Response:
    """Alive: says nothing of the database, `cartwright doctor` does."""
    return Response("ok\n", mimetype="text/plain")


def _error_page(error: HTTPException) -> tuple[str, int] | BaseResponse:
    """A page for people, a bare status for machines; never a trace."""
    status = error.code or 500
    if isinstance(error.response, BaseResponse):
        return error.response
    if request.path.startswith("/hooks/"):
        return Response(status=status)
    return render_template("pages/error.html", status=status, text=error.name), status


def _safe_headers(response: Response) -> Response:
    """What every page says of itself unless it said so already."""
    response.headers.setdefault("Content-Security-Policy", _STRICT)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


def __getattr__(name: str) -> Flask:
    """`wsgi`, made when a server asks for it: importing this module starts nothing."""
    if name != "wsgi":
        raise AttributeError(name)
    lifeline.watch()
    made = create_app()
    globals()["wsgi"] = made
    return made
