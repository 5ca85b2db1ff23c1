"""What every channel must do; each vendor's test class inherits all of it.

A vendor gives its running stand-in (`Vendor`) and a channel that knows the way to it. All of
it is real traffic on loopback.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from connector.channels import CHANNELS
from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused, Scope
from connector.ports.channel import Channel, Outgoing
from tests.contracts.doors import open_doors


class Vendor(ABC):
    """A vendor's stand-in, told how to behave towards the next message."""

    doors: tuple[str, ...]

    @abstractmethod
    def received(self) -> list[str]:
        """The texts that arrived, oldest first."""

    @abstractmethod
    def refuse_the_address(self) -> None: ...

    @abstractmethod
    def refuse_the_text(self) -> None: ...

    @abstractmethod
    def ask_to_wait(self) -> None: ...

    @abstractmethod
    def fall_silent(self) -> None:
        """Take the message, and answer too late."""

    @abstractmethod
    def go_away(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class ChannelContract(ABC):
    """Receipts, and an error for each way in which there is none."""

    kind: str
    to: str

    @abstractmethod
    def start(self) -> Vendor: ...

    @abstractmethod
    def account(self, vendor: Vendor) -> dict[str, str]: ...

    @abstractmethod
    def wrong_login(self) -> dict[str, str]: ...

    @pytest.fixture
    def vendor(self) -> Iterator[Vendor]:
        started = self.start()
        with self.reachable(started):
            yield started
        started.close()

    def reachable(self, vendor: Vendor) -> AbstractContextManager[None]:
        return open_doors(*vendor.doors)

    def channel(self, vendor: Vendor, **other: str) -> Channel:
        return CHANNELS[self.kind](self.account(vendor) | other)

    def message(self) -> Outgoing:
        return Outgoing(
            key="0197f0a2-5c1e-7aaa-8bbb-0123456789ab",
            to=self.to,
            text="Your cart is waiting: https://go.example/r/abc",
            sender_name="Oscar's Outdoor",
            subject="Your cart",
            html="<p>Your cart is waiting</p>",
            unsubscribe_url="https://go.example/u/abc",
        )

    def test_the_registry_knows_it_by_its_kind(self) -> None:
        assert CHANNELS[self.kind].kind == self.kind
        assert CHANNELS[self.kind].medium in {"email", "sms"}

    def test_secrets_are_declared_as_such_and_names_are_unique(self) -> None:
        settings = CHANNELS[self.kind].settings
        assert len({setting.name for setting in settings}) == len(settings)
        for setting in settings:
            assert setting.secret == (setting.name in {"password", "auth_token", "api_key"})

    def test_an_accepted_message_has_a_receipt(self, vendor: Vendor) -> None:
        receipt = self.channel(vendor).send(self.message())
        assert receipt.provider_id
        assert len(vendor.received()) == 1
        assert "Your cart is waiting" in vendor.received()[0]

    def test_text_in_any_script_arrives_as_it_is(self, vendor: Vendor) -> None:
        text = "(광고)미나상점 5% 할인 🛒 “naïve”"
        self.channel(vendor).send(replace(self.message(), text=text, html=""))
        assert text in vendor.received()[0]

    def test_control_and_direction_marks_do_not_arrive(self, vendor: Vendor) -> None:
        self.channel(vendor).send(replace(self.message(), text="a\x00b\u202ec\ud800d", html=""))
        assert "abcd" in vendor.received()[0]

    def test_wrong_credentials_disconnect_and_send_nothing(self, vendor: Vendor) -> None:
        with pytest.raises(Disconnected):
            self.channel(vendor, **self.wrong_login()).send(self.message())
        assert vendor.received() == []

    def test_a_bad_address_is_refused_for_good(self, vendor: Vendor) -> None:
        vendor.refuse_the_address()
        with pytest.raises(Refused) as refused:
            self.channel(vendor).send(self.message())
        assert refused.value.scope == Scope.ADDRESS
        assert self.to not in str(refused.value)
        assert vendor.received() == []

    @pytest.mark.parametrize("address", ["", "nobody", "a@b@c.example,d@e.example", "+1\r\nX: y"])
    def test_what_is_no_address_never_leaves(self, vendor: Vendor, address: str) -> None:
        with pytest.raises(Refused) as refused:
            self.channel(vendor).send(replace(self.message(), to=address))
        assert refused.value.scope == Scope.ADDRESS

    def test_a_refused_text_spends_the_message_and_keeps_the_address(self, vendor: Vendor) -> None:
        vendor.refuse_the_text()
        with pytest.raises(Refused) as refused:
            self.channel(vendor).send(self.message())
        assert refused.value.scope == Scope.MESSAGE

    def test_asked_to_wait_nothing_was_sent(self, vendor: Vendor) -> None:
        vendor.ask_to_wait()
        with pytest.raises(NotSent):
            self.channel(vendor).send(self.message())
        assert vendor.received() == []

    def test_silence_after_the_message_is_an_unknown_outcome(self, vendor: Vendor) -> None:
        vendor.fall_silent()
        with open_doors(*vendor.doors, timeout_s=0.3), pytest.raises(OutcomeUnknown):
            self.channel(vendor).send(self.message())
        assert len(vendor.received()) == 1  # it did leave: sending again would double it

    def test_a_vendor_that_is_away_got_nothing(self, vendor: Vendor) -> None:
        channel = self.channel(vendor)
        vendor.go_away()
        with pytest.raises(NotSent):
            channel.send(self.message())

    def test_loopback_is_closed_to_those_who_were_not_let_in(self, vendor: Vendor) -> None:
        with open_doors("127.0.0.1:1"), pytest.raises((Disconnected, Refused, NotSent)):
            self.channel(vendor).send(self.message())
        assert vendor.received() == []
