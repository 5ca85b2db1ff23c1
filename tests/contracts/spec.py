"""Holds a sandbox, and the adapter that calls it, against the vendor's own OpenAPI file."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from werkzeug.wrappers import Request, Response

_HOST = "vendor.test"


class Checked:
    """A WSGI application around a sandbox: each request and each answer must fit the spec."""

    def __init__(self, spec_file: Path, sandbox: Flask, api_path: str) -> None:
        spec = json.loads(spec_file.read_text(encoding="utf-8"))
        path = re.sub(r"^https?://[^/]+", "", spec["servers"][0]["url"])
        spec["servers"] = [{"url": f"http://{_HOST}{path}"}]
        # the files were validated when they were made: checking them again takes seconds
        config = Config(
            spec_validator_cls=None,
            extra_format_validators={"phone-number": lambda _value: True},
            extra_format_unmarshallers={"phone-number": str},
            extra_media_type_deserializers={"application/problem+json": json.loads},
        )
        self._api = OpenAPI.from_dict(spec, config=config)
        self._sandbox, self._api_path = sandbox, api_path
        self.calls = 0
        self.violations: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = Request(environ).get_data(cache=True)
        answer = Response.from_app(self._sandbox, environ | {"wsgi.input": io.BytesIO(body)})
        if environ["PATH_INFO"].startswith(self._api_path):
            self.calls += 1
            self._check(environ | {"wsgi.input": io.BytesIO(body), "HTTP_HOST": _HOST}, answer)
        return answer(environ, start_response)

    def _check(self, environ: dict[str, Any], answer: Response) -> None:
        request = WerkzeugOpenAPIRequest(Request(environ))
        asked = self._api.unmarshal_request(request).errors
        told = self._api.unmarshal_response(request, WerkzeugOpenAPIResponse(answer)).errors
        where = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        wrong = [e for e in (*asked, *told) if type(e).__name__ != "SecurityNotFound"]
        self.violations += [f"{where}: {error!r} {error.__cause__}" for error in wrong]
