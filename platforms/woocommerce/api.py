"""The `woocommerce` package with our transport under it.

The package's own follows redirects, reads answers of any size for any time, and repeats the
query of a signed URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests
from woocommerce import API

import connector.http


class GuardedApi(API):  # type: ignore[misc]
    """Signs like the package (https: Basic, http: OAuth 1.0a); calls like the rest of us."""

    def _API__request(  # noqa: N802 - the package's own name for it
        self, method: str, endpoint: str, data: Any, params: Mapping[str, str] | None = None
    ) -> requests.Response:
        """One call. Only text in `params`: lists and booleans would break the signature."""
        url = self._API__get_url(endpoint)
        auth = (self.consumer_key, self.consumer_secret) if self.is_ssl else None
        if params:
            url = f"{url}?{urlencode(params)}"
        if auth is None:
            url = self._API__get_oauth_url(url, method)
        headers = {"Accept": "application/json"}
        return connector.http.call("the store", method, url, json=data, auth=auth, headers=headers)
