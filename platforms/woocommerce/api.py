"""The `woocommerce` package with our transport under it.

The package's own follows redirects, reads answers of any size for any time, and repeats the
query of a signed URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

import requests
from woocommerce import API
from woocommerce.oauth import OAuth

import connector.http
from connector.ports.platform import StoreAccount
from platforms.woocommerce.options import in_query, rest_url


class _OAuth(OAuth):  # type: ignore[misc]
    """The package leaves slashes as they are: the shop, which signs the same, does not."""

    @staticmethod
    def normalize_parameters(params: Mapping[str, Any]) -> dict[str, str]:
        return {_twice(name): _twice(value) for name, value in params.items()}


def _twice(text: Any) -> str:
    return quote(unquote(str(text)), safe="").replace("%", "%25")


class GuardedApi(API):  # type: ignore[misc]
    """Signs like the package (https: Basic, http: OAuth 1.0a); calls like the rest of us.

    Keys stand in the query only over https, and only where the shop's server drops the header:
    they are then in that server's own log.
    """

    def __init__(self, account: StoreAccount, version: str = "wc/v3") -> None:
        keys = (account.credentials["consumer_key"], account.credentials["consumer_secret"])
        super().__init__(account.domain, *keys, version=version)
        self.query_string_auth = in_query(account.options)
        self._options = account.options

    def _API__request(  # noqa: N802 - the package's own name for it
        self, method: str, endpoint: str, data: Any, params: Mapping[str, str] | None = None
    ) -> requests.Response:
        """One call. Only text in `params`: lists and booleans would break the signature."""
        url = rest_url(self.url, f"{self.version}/{endpoint}", self._options)
        keys = {"consumer_key": self.consumer_key, "consumer_secret": self.consumer_secret}
        asked = {**(params or {}), **(keys if self.is_ssl and self.query_string_auth else {})}
        if asked:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"
        if not self.is_ssl:
            signed = _OAuth(url, *keys.values(), version=self.version, method=method)
            url = signed.get_oauth_url()
        basic = tuple(keys.values()) if self.is_ssl and not self.query_string_auth else None
        headers = {"Accept": "application/json"}
        return connector.http.call("the store", method, url, json=data, auth=basic, headers=headers)
