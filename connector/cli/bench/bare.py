"""The bare minimum of a send: the standard library's SMTP client, and nothing around it."""

from __future__ import annotations

import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from connector.cli.playground import Playground

_MAILS, _THREADS = 400, 4  # threads as in one worker


def mails_per_s(play: Playground) -> float:
    """Mails a second to the playground's own mail server, a connection each as the channel does."""
    host, _, port = play.running.ports.door("smtp").partition(":")
    began = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda number: _send(host, int(port), number), range(_MAILS)))
    return _MAILS / (time.perf_counter() - began)


def _send(host: str, port: int, number: int) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "bench@shop.example", f"bare{number}@bench.example.com"
    mail["Subject"] = "You left something behind"
    mail.set_content("Come back: https://shop.example/cart")
    mail.add_alternative("<p>Come back</p>" * 200, subtype="html")
    with smtplib.SMTP(host, port, timeout=10) as client:
        client.send_message(mail)
