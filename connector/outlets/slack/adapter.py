"""The outlet: one channel of the merchant's Slack, through an incoming webhook."""

from __future__ import annotations

import re

import requests

from connector.domain.text import printable
from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.http import call, retry_after
from connector.ports.outlet import Notice, Outlet
from connector.ports.settings import Setting

_ADDRESS = re.compile(r"https://hooks\.slack\.com/services/\w+/\w+/\w+", re.ASCII)
_MAX_TEXT = 3000  # letters as they go over the wire: what Slack shows without folding it away
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_CUT_ESCAPE = re.compile(r"&[a-z]*$")
_REASON = re.compile(rb"[a-z_]{1,40}")
# invalid_token, action_prohibited; no_service, channel_not_found; channel_is_archived
_GONE = frozenset({401, 403, 404, 410})


class Slack(Outlet):
    """A channel of staff. Slack knows no key against repeats: silence stays unknown."""

    kind = "slack"
    settings = (Setting("url", "Incoming webhook URL", secret=True),)
    repeatable = False

    def deliver(self, notice: Notice) -> None:
        """Post the notice's text, as it stands; what is too long is cut."""
        text = _shown(notice.text)
        if not text:
            raise Refused("Slack: a notice without text")
        try:
            answer = call("Slack", "POST", self._url(), json=_payload(text))
        except AdapterError as error:
            raise error from None  # the transport's own error tells the address: a secret
        _judge(answer)

    def _url(self) -> str:
        url = self.account.get("url", "").strip()
        if not _ADDRESS.fullmatch(url):
            raise Disconnected("Slack: the setting is no address of an incoming webhook")
        return url


def _shown(text: str) -> str:
    """The text with nothing in it that Slack would obey: no mention, no hidden link."""
    escaped = printable(text).strip().translate(_ESCAPES)
    if len(escaped) <= _MAX_TEXT:
        return escaped
    return _CUT_ESCAPE.sub("", escaped[: _MAX_TEXT - 1]) + "…"


def _payload(text: str) -> dict[str, object]:
    # shoppers' words stand in the text: Slack is to fetch no link in it and to dress up no letter
    return {"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def _judge(answer: requests.Response) -> None:
    """Raise unless Slack said "ok"; its reasons are plain words in the body."""
    status, said = answer.status_code, answer.content.strip()
    if (status, said) == (200, b"ok"):
        return
    reason = f", {said.decode()}" if _REASON.fullmatch(said) else ""
    shown = f"Slack: HTTP {status}{reason}"
    if status in _GONE:
        raise Disconnected(shown)
    if status == 429:  # noqa: PLR2004
        raise NotSent(shown, retry_after(answer))
    if 400 <= status < 500:  # noqa: PLR2004
        raise Refused(shown)
    raise OutcomeUnknown(shown)  # 5xx, a redirect, or a 200 that is not Slack's
