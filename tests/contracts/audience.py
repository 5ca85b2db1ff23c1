"""What every audience sync must do; each vendor's test class inherits all of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connector.audiences import AUDIENCES
from connector.errors import Disconnected, NotSent, OutcomeUnknown
from connector.ports.audience import AudienceSync, Member
from tests.contracts.doors import open_doors

ABANDONED, BOUGHT = "cartwright-abandoned", "cartwright-bought"


class Outside(ABC):
    """The vendor's stand-in: one audience, and how it behaves."""

    doors: tuple[str, ...]

    @abstractmethod
    def people(self) -> dict[str, tuple[str, list[str]]]:
        """Address -> status and tags."""

    @abstractmethod
    def has(self, email: str, status: str) -> None:
        """Somebody is there already, with this status."""

    @abstractmethod
    def ask_to_wait(self) -> None: ...

    @abstractmethod
    def fail(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


def member(ref: int, email: str, *tags: str, without: tuple[str, ...] = ()) -> Member:
    return Member(ref, email, "Ana", "Kim", frozenset(tags), frozenset(without))


ANA = member(1, "ana@shopper.example", ABANDONED)
BEN = member(2, "ben@shopper.example", ABANDONED)


class AudienceContract(ABC):
    """In step, by difference, without ever touching somebody's consent."""

    kind: str

    @abstractmethod
    def start(self) -> Outside: ...

    @abstractmethod
    def account(self) -> dict[str, str]: ...

    @abstractmethod
    def wrong_login(self) -> dict[str, str]: ...

    @pytest.fixture
    def outside(self) -> Iterator[Outside]:
        started = self.start()
        with open_doors(*started.doors):
            yield started
        started.close()

    def audience(self, **other: str) -> AudienceSync:
        return AUDIENCES[self.kind](self.account() | other)

    def test_the_registry_knows_it_by_its_kind(self) -> None:
        assert AUDIENCES[self.kind].kind == self.kind
        assert AUDIENCES[self.kind].batch > 0

    def test_new_people_are_subscribed_with_their_tags(self, outside: Outside) -> None:
        results = self.audience().push([ANA, BEN])
        assert [(result.ref, result.error) for result in results] == [(1, ""), (2, "")]
        assert outside.people() == {
            "ana@shopper.example": ("subscribed", [ABANDONED]),
            "ben@shopper.example": ("subscribed", [ABANDONED]),
        }

    @pytest.mark.parametrize("status", ["unsubscribed", "cleaned", "pending", "transactional"])
    def test_a_status_that_is_there_is_never_changed(self, outside: Outside, status: str) -> None:
        outside.has("ana@shopper.example", status)
        assert self.audience().push([ANA])[0].error == ""
        assert outside.people()["ana@shopper.example"] == (status, [ABANDONED])

    def test_repeating_changes_nothing(self, outside: Outside) -> None:
        self.audience().push([ANA])
        before = outside.people()
        assert self.audience().push([ANA])[0].error == ""
        assert outside.people() == before

    def test_tags_come_and_go_and_others_stay(self, outside: Outside) -> None:
        self.audience().push([replace(ANA, tags=frozenset({ABANDONED, "merchants own"}))])
        bought = member(1, ANA.email, BOUGHT, without=(ABANDONED,))
        self.audience().push([bought])
        assert outside.people()[ANA.email][1] == [BOUGHT, "merchants own"]

    def test_who_takes_her_consent_back_is_never_added(self, outside: Outside) -> None:
        gone = replace(ANA, tags=frozenset(), not_tags=frozenset({ABANDONED}), leaving=True)
        (result,) = self.audience().push([gone])
        assert result.ref == ANA.ref
        assert outside.people() == {}

    def test_one_person_under_two_contacts_is_one_member(self, outside: Outside) -> None:
        twice = [ANA, replace(ANA, ref=9, email="ANA@shopper.example")]
        assert [result.ref for result in self.audience().push(twice)] == [1, 9]
        assert len(outside.people()) == 1

    def test_a_full_batch_fits(self, outside: Outside) -> None:
        crowd = [
            member(n, f"p{n}@shopper.example", ABANDONED, without=(BOUGHT,))
            for n in range(AUDIENCES[self.kind].batch)
        ]
        assert all(not result.error for result in self.audience().push(crowd))
        assert len(outside.people()) == len(crowd)

    def test_nobody_to_push_calls_nobody(self, outside: Outside) -> None:
        outside.fail()
        assert self.audience().push([]) == []

    def test_wrong_credentials_disconnect(self, outside: Outside) -> None:
        with pytest.raises(Disconnected):
            self.audience(**self.wrong_login()).push([ANA])
        assert outside.people() == {}

    def test_asked_to_wait_nothing_happened(self, outside: Outside) -> None:
        outside.ask_to_wait()
        with pytest.raises(NotSent):
            self.audience().push([ANA])

    def test_a_failure_there_is_never_taken_for_success(self, outside: Outside) -> None:
        outside.fail()
        with pytest.raises(OutcomeUnknown):
            self.audience().push([ANA])

    def test_loopback_is_closed_to_those_who_were_not_let_in(self, outside: Outside) -> None:
        with open_doors("127.0.0.1:1"), pytest.raises(NotSent):
            self.audience().push([ANA])
        assert outside.people() == {}
