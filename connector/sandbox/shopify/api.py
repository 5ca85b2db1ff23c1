"""The Admin GraphQL API, for the operations that a recovery service uses."""

from __future__ import annotations

import re
import time

from flask import Blueprint, Response, jsonify, make_response, request, send_file

from connector.sandbox.shopify import install, scopes, tokens
from connector.sandbox.shopify.bucket import Bucket, cost
from connector.sandbox.shopify.document import NotGraphQL, Operation, read, run
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.resolvers import Resolvers
from connector.sandbox.shopify.world import Doc, World

PATH = "/admin/api/2026-10/graphql.json"
_BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_MUTATION_COST = 10.0
_RESULT = re.compile(r"[0-9a-f]{32}")


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """The route of the API, and that of what bulk operations leave."""
    api, bucket, resolvers = Blueprint("api", __name__), Bucket(), Resolvers(world, outbox)

    @api.post(PATH)
    def graphql() -> Response:
        refusal = _refused(world)
        if refusal is not None:
            return refusal
        late = world.faults.take("hang_s")
        answer = _answer(world, bucket, resolvers)
        time.sleep(late)  # what was asked for is done by now
        return jsonify(answer)

    @api.get("/bulk/<name>.jsonl")
    def result(name: str) -> Response:
        """A file with ranges, as the storage has where Shopify puts it."""
        path = world.files / f"{name}.jsonl"
        if not _RESULT.fullmatch(name) or not path.is_file():
            return make_response("<Error><Code>AccessDenied</Code></Error>", 403)
        return send_file(path, mimetype="application/jsonl", conditional=True)

    return api


def _refused(world: World) -> Response | None:
    given = request.headers.get("X-Shopify-Access-Token", "")
    if not tokens.is_live(world, given):
        return make_response(jsonify(errors=_BAD_TOKEN), 401)
    if world.faults.take("fail_5xx"):
        return make_response(jsonify(errors="Internal Server Error"), 500)
    return None


def _answer(world: World, bucket: Bucket, resolvers: Resolvers) -> Doc:
    asked = request.get_json(silent=True) or {}
    try:
        operation = read(str(asked.get("query")), asked.get("variables") or {})
    except NotGraphQL as error:
        return {"errors": [{"message": str(error)}]}
    world.calls[operation.name] += 1
    world.requests.append(asked)
    points = _points(operation)
    if world.faults.take("throttle"):
        return _throttled(points, left=0)
    if not bucket.take(points):
        return _throttled(points, bucket.left())
    try:
        with world.lock:
            allowed = scopes.guarded(resolvers.of(operation.kind), install.granted(world))
            answer = run(operation, allowed)
    except NotGraphQL as error:
        return {"errors": [{"message": str(error)}]}
    return {**answer, "extensions": {"cost": cost(points, points, bucket.left())}}


def _throttled(points: float, left: int) -> Doc:
    """HTTP 200 all the same."""
    url = "https://shopify.dev/api/usage/rate-limits"
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": url}}
    return {"errors": [error], "extensions": {"cost": cost(points, None, left)}}


def _points(operation: Operation) -> float:
    """About what Shopify counts: ten for a mutation, else one and one a node asked for."""
    if operation.kind == "mutation":
        return _MUTATION_COST
    return 1.0 + sum(
        float(one.arguments.get("first") or len(one.arguments.get("ids") or []))
        for one in operation.selections
    )
