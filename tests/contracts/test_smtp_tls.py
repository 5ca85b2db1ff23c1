"""Encrypted mail servers: trusted ones are used, others get neither password nor mail."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connector.channels.smtp import Smtp
from connector.errors import Disconnected
from connector.sandbox.mail import free_port
from tests.contracts.doors import open_doors
from tests.contracts.test_smtp import SENDER, outgoing


class Box:
    """Counts what came in."""

    def __init__(self) -> None:
        self.mails = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, _mail: Envelope) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, pem: Path) -> Iterator[tuple[str, str, Box]]:
    """A server with that certificate: how it encrypts, its port, its box."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    how: Any = {{"starttls": "tls_context", "tls": "ssl_context"}[request.param]: context}
    box, port = Box(), free_port()
    running = Controller(box, "127.0.0.1", port, **how)
    running.start()
    yield request.param, str(port), box
    running.stop()


def send(security: str, port: str) -> None:
    account = {"host": "127.0.0.1", "port": port, "security": security, "sender_email": SENDER}
    with open_doors(f"127.0.0.1:{port}"):
        Smtp(account).send(outgoing())


def test_a_trusted_server_gets_the_mail_encrypted(
    server: tuple[str, str, Box], pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    security, port, box = server
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    send(security, port)
    assert box.mails == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(server: tuple[str, str, Box]) -> None:
    security, port, box = server
    with pytest.raises(Disconnected):
        send(security, port)
    assert box.mails == 0
