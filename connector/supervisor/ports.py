"""Which loopback port belongs to whom, and a clear word when one is taken."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields

from connector.errors import ConfigError

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The service's door and those of the sandboxes."""

    web: int = 8000
    shopify: int = 8101
    woocommerce: int = 8102
    twilio: int = 8103
    mailchimp: int = 8104
    mail: int = 8105  # the catcher's page
    smtp: int = 8106
    outlets: int = 8107

    @classmethod
    def around(cls, web: int) -> Ports:
        """The web server's port, and the sandboxes' a hundred above it."""
        return cls(web, *range(web + 101, web + 108))

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on at this moment."""
        names = [field.name for field in fields(cls)]
        with ExitStack() as stack:
            probes = [stack.enter_context(socket.socket()) for _ in names]
            for probe in probes:
                probe.bind((HOST, 0))
            numbers = [probe.getsockname()[1] for probe in probes]
        return cls(**dict(zip(names, numbers, strict=True)))

    @property
    def sandbox(self) -> Mapping[str, int]:
        """The ports of the sandbox process by name."""
        return {name: port for name, port in asdict(self).items() if name != "web"}

    def door(self, name: str) -> str:
        """`host:port` of one of them."""
        return f"{HOST}:{asdict(self)[name]}"

    def url(self, name: str) -> str:
        """Where a browser finds it."""
        return f"http://{self.door(name)}"


def refuse_taken(ports: Mapping[str, int]) -> None:
    """ConfigError if somebody listens on one of these."""
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise ConfigError(_why(name, port, error)) from None


def _why(name: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} ({name}) is in use: stop the program that holds it,"
            " or choose other ports with --port"
        )
    return f"port {port} ({name}) cannot be used ({error.strerror}): choose another"
