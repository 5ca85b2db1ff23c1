"""The phone network behind the sandbox's Twilio: messages, answers, webhook calls."""

from __future__ import annotations

import base64
import hmac
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

from connector.sandbox.server import Clock, Shelf
from connector.sandbox.vendor import Faults

NUMBER = "+15005550006"  # Twilio's own magic number for "a sender that works"
_CALL_S = 10.0
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})


@dataclass(frozen=True)
class Post:
    """A form that goes to a webhook of the service."""

    url: str
    fields: dict[str, str]
    headers: dict[str, str]


class Postman:
    """Works one task after another beside the requests; what a webhook answers is no matter."""

    def __init__(self) -> None:
        self._tasks: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def do(self, task: Callable[[], None]) -> None:
        """Put a task in line."""
        self._tasks.put(task)

    def stop(self) -> None:
        """Finish what is in line, then end."""
        self._tasks.put(None)
        self._thread.join(timeout=2 * _CALL_S)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()


def deliver(post: Post) -> None:
    """Call a webhook once; Twilio does not repeat status callbacks either."""
    try:
        requests.post(post.url, data=post.fields, headers=post.headers, timeout=_CALL_S).close()
    except requests.RequestException as error:
        print(f"sandbox: no webhook at {post.url}: {type(error).__name__}")  # noqa: T201


class Network:
    """One account with its messages, its opted-out numbers and its webhook."""

    def __init__(self, folder: Path | None, account_sid: str, auth_token: str) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        self.shelf = Shelf(folder / "twilio.sqlite" if folder else None)
        self.clock = Clock()
        self.faults = Faults(
            counted=("fail_5xx", "throttle", "no_sid", "undelivered"),
            valued=("hang_s", "error_code"),
        )
        self.postman = Postman()
        for message in self.messages():  # what a stop interrupted goes on
            if message["status"] == "queued":
                self._travel(message)

    def messages(self) -> list[dict[str, Any]]:
        """All messages, oldest first."""
        return self.shelf.all("message")

    def opted_out(self, number: str) -> bool:
        """True if this number asked to stop."""
        return self.shelf.get("opted out", number) is not None

    def answer_at(self, url: str, number: str) -> None:
        """Call this URL with what is texted to `number` ("*": to any)."""
        self.shelf.put("webhook", number, {"url": url})

    def accept(self, form: dict[str, str]) -> dict[str, Any]:
        """Keep a message and send it on its way."""
        message = self._new(
            {
                "body": form.get("Body", ""),
                "from": form.get("From"),
                "to": form["To"],
                "messaging_service_sid": form.get("MessagingServiceSid"),
                "status": "queued",
                "direction": "outbound-api",
                "validity_period": int(form.get("ValidityPeriod", "36000")),
                "status_callback": form.get("StatusCallback", ""),
            }
        )
        self._travel(message)
        return message

    def reply(self, sender: str, to: str, body: str) -> dict[str, Any]:
        """A person texts back: kept, her wish to stop honoured, the number's webhook called."""
        message = self._new(
            {
                "body": body,
                "from": sender,
                "to": to,
                "status": "received",
                "direction": "inbound",
            }
        )
        word = body.strip().upper()
        if word in _STOP:
            self.shelf.put("opted out", sender, {"at": message["at"]})
        elif word in _START:
            self.shelf.drop("opted out", sender)
        webhook = self.shelf.get("webhook", to) or self.shelf.get("webhook", "*")
        if webhook:
            call = self._call(webhook["url"], self._inbound(message))
            self.postman.do(partial(deliver, call))
        return message

    def _new(self, fields: dict[str, Any]) -> dict[str, Any]:
        number = self.shelf.next_id("message")
        sid = f"SM{number:032x}"
        at = self.clock.now().isoformat()
        base = {"sid": sid, "at": at, "error_code": None, "messaging_service_sid": None}
        return self.shelf.put("message", f"{number:012d}", base | fields | {"n": number})

    def _travel(self, message: dict[str, Any]) -> None:
        lost = self.faults.strike("undelivered") is not None
        for status in ("sent", "undelivered" if lost else "delivered"):
            self.postman.do(partial(self._arrive, message["n"], status))

    def _arrive(self, number: int, status: str) -> None:
        message = self.shelf.get("message", f"{number:012d}") or {}
        message["status"] = status
        message["error_code"] = 30005 if status == "undelivered" else None
        self.shelf.put("message", f"{number:012d}", message)
        if message["status_callback"]:
            deliver(self._call(message["status_callback"], self._callback(message)))

    def _callback(self, message: dict[str, Any]) -> dict[str, str]:
        status = message["status"]
        fields = {"MessageSid": message["sid"], "MessageStatus": status, "SmsStatus": status}
        if message["error_code"]:
            fields["ErrorCode"] = str(message["error_code"])
        return fields | {"SmsSid": message["sid"], "To": message["to"]} | self._common(message)

    def _inbound(self, message: dict[str, Any]) -> dict[str, str]:
        fields = {"Body": message["body"], "To": message["to"], "SmsStatus": "received"}
        sids = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), message["sid"])
        return fields | sids | {"NumMedia": "0", "NumSegments": "1"} | self._common(message)

    def _common(self, message: dict[str, Any]) -> dict[str, str]:
        return {
            "From": message["from"] or NUMBER,
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
        }

    def _call(self, url: str, fields: dict[str, str]) -> Post:
        signed = url + "".join(name + fields[name] for name in sorted(fields))
        digest = hmac.digest(self.auth_token.encode(), signed.encode(), "sha1")
        return Post(url, fields, {"X-Twilio-Signature": base64.b64encode(digest).decode()})

    def stop(self) -> None:
        """Let the last calls out and give the file back."""
        self.postman.stop()
        self.shelf.close()
