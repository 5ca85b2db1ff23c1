"""How far a mail got: each answer, silence and break of a mail server has its error."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from connector.channels.smtp import Smtp
from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused, Scope
from connector.ports.channel import Outgoing
from tests.contracts.doors import open_doors
from tests.contracts.test_smtp import SENDER, outgoing


class Scripted:
    """An SMTP server that follows a script: verb -> answer, or None to hang up."""

    def __init__(self, **script: str | None) -> None:
        self.script: dict[str, str | None] = {"HELLO": "220 hi", "DOT": "250 ok", **script}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.door = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.said: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
            verb: str | None = "HELLO"
            while verb and self._answers(stream, verb):
                line = stream.readline().decode().strip()
                self.said.append(line)
                verb = line.split(" ")[0].upper()

    def _answers(self, stream: socket.SocketIO | object, verb: str) -> bool:
        usual = "354 go on" if verb == "DATA" else "250 fine"
        answer = self.script.get(verb, usual)
        if answer is None:
            return False
        return self._say(stream, answer) and (verb != "DATA" or self._read_mail(stream, answer))

    def _say(self, stream: object, answer: str) -> bool:
        drip = answer.removeprefix("drip ")
        for part in drip if drip != answer else [drip + "\r\n"]:
            try:
                stream.write(part.encode())  # type: ignore[attr-defined]
                stream.flush()  # type: ignore[attr-defined]
            except OSError:
                return False
            time.sleep(0.3 if drip != answer else 0)
        return True

    def _read_mail(self, stream: object, answer: str) -> bool:
        if not answer.startswith("354"):
            return True
        while (line := stream.readline()) not in {b".\r\n", b""}:  # type: ignore[attr-defined]
            self.said.append(line.decode().rstrip())
        dot = self.script["DOT"]
        return dot is not None and self._say(stream, dot)

    def close(self) -> None:
        self._listener.close()
        self._thread.join(timeout=5)


def send_to(server: Scripted, message: Outgoing | None = None, **settings: str) -> None:
    host, port = server.door.split(":")
    account = {"host": host, "port": port, "security": "none", "sender_email": SENDER} | settings
    with open_doors(server.door, timeout_s=0.5):
        Smtp(account).send(message or outgoing())


@pytest.fixture
def script() -> Iterator[type[Scripted]]:
    started: list[Scripted] = []

    class Tracked(Scripted):
        def __init__(self, **lines: str | None) -> None:
            super().__init__(**lines)
            started.append(self)

    yield Tracked
    for server in started:
        server.close()


class TestHowFarItGot:
    @pytest.mark.parametrize(
        ("said", "error"),
        [
            ({"HELLO": "421 busy"}, NotSent),
            ({"HELLO": "554 no mail from you"}, Disconnected),
            ({"HELLO": None}, NotSent),
            ({"HELLO": "drip 220 one letter at a time"}, NotSent),
            ({"EHLO": "421 later", "HELO": "421 later"}, NotSent),
            ({"EHLO": None}, NotSent),
            ({"MAIL": "451 later"}, NotSent),
            ({"MAIL": "530 log in first"}, Disconnected),
            ({"MAIL": "553 not your address"}, Disconnected),
            ({"MAIL": "552 too large"}, Refused),
            ({"MAIL": None}, NotSent),
            ({"RCPT": "452 mailbox full"}, NotSent),
            ({"RCPT": None}, NotSent),
            ({"DATA": "451 later"}, NotSent),
            ({"DATA": "554 no"}, Refused),
            ({"DATA": None}, NotSent),
            ({"DOT": "451 greylisted"}, NotSent),
            ({"DOT": "554 spam"}, Refused),
            ({"DOT": None}, OutcomeUnknown),
            ({"DOT": "gibberish"}, OutcomeUnknown),
            ({"DOT": "drip 250 one letter at a time"}, OutcomeUnknown),
        ],
        ids=str,
    )
    def test_each_answer_has_its_error(
        self, script: type[Scripted], said: dict[str, str | None], error: type[AdapterError]
    ) -> None:
        with pytest.raises(error):
            send_to(script(**said))

    @pytest.mark.parametrize(
        ("answer", "scope"),
        [
            ("550 5.1.1 <ana@shopper.example> no such user", Scope.ADDRESS),
            ("550 nobody", Scope.ADDRESS),
            ("553 5.1.3 bad address", Scope.ADDRESS),
            ("550 5.7.1 relaying denied", Scope.MESSAGE),
            ("554 5.7.1 your network is on a list", Scope.MESSAGE),
        ],
    )
    def test_only_a_bad_address_is_held_against_the_address(
        self, script: type[Scripted], answer: str, scope: Scope
    ) -> None:
        with pytest.raises(Refused) as refused:
            send_to(script(RCPT=answer))
        assert refused.value.scope == scope
        assert "ana@" not in refused.value.detail

    def test_a_line_that_begins_with_a_dot_does_not_end_the_mail(
        self, script: type[Scripted]
    ) -> None:
        server = script()
        send_to(server, outgoing(text="one\n.\ntwo\n", html=""))
        assert server.said.count("..") == 1
        assert "two" in server.said

    def test_a_goodbye_that_fails_does_not_unsend_the_mail(self, script: type[Scripted]) -> None:
        send_to(script(QUIT=None))

    def test_without_starttls_a_server_that_needs_it_gets_nothing(
        self, script: type[Scripted]
    ) -> None:
        server = script()
        with pytest.raises(Disconnected):
            send_to(server, security="starttls")
        assert not any(line.startswith(("MAIL", "mail")) for line in server.said)

    @pytest.mark.parametrize("port", ["", "0", "99999", "²", "smtp"])
    def test_a_port_that_is_none_is_told_to_the_merchant(
        self, script: type[Scripted], port: str
    ) -> None:
        with pytest.raises(Disconnected):
            Smtp({"host": "mail.example", "port": port, "sender_email": SENDER}).send(outgoing())

    @pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
    def test_a_private_host_is_never_called(self, host: str) -> None:
        account = {"host": host, "port": "25", "security": "none", "sender_email": SENDER}
        with open_doors(), pytest.raises(Disconnected):
            Smtp(account).send(outgoing())
