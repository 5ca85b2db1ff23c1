"""The short form of `cartwright campaign --part points`: the most telling places, all adapters."""

from __future__ import annotations

import pytest

from connector.cli.campaign import crashes, fuse, points
from connector.cli.campaign.points import POINTS, Point
from connector.errors import ConfigError

# At the door; then where nobody can know; the code; the tokens; and the stalled one.
_TELLING = "C1,C6,C8,C10,C12,C13,C14"


def _say(words: str) -> None:
    print(words)


@pytest.mark.kill
@pytest.mark.stack
def test_killed_anywhere_nothing_is_lost_and_nothing_doubled() -> None:
    tally = crashes.run(crashes.Plan(points.by_name(_TELLING)), _say)
    assert tally.broken() == []
    told = tally.figures()
    assert told["cycles"] == 7 * 4
    assert told["lost"] == told["unrecorded"] == told["codes_doubled"] == told["given_up"] == 0
    assert told["shut_out"] == 0
    # Without a key and without a look-up one message a crash stays open, and is shown.
    assert set(told["unknown_at"]) == {"C6/none", "C8/none", "C10/none"}
    assert set(told["unknown_at"].values()) == {1}


@pytest.mark.kill
@pytest.mark.stack
def test_a_blind_retry_would_be_seen() -> None:
    """A planted bug: whoever finds a message inflight sends it again."""
    plan = crashes.Plan(points.by_name("C8"), ["none"], seeds=2)
    tally = crashes.run(plan, _say, plant="tests.kill.plants:send_again_blindly")
    assert [line for line in tally.broken() if "doubled: 1" in line]


@pytest.mark.kill
@pytest.mark.stack
def test_an_answer_that_is_not_believed_would_be_seen() -> None:
    """A planted bug: the vendor shows the message, and it is sent again all the same."""
    plan = crashes.Plan(points.by_name("C8"), ["lookup"], seeds=2)
    tally = crashes.run(plan, _say, plant="tests.kill.plants:believe_no_vendor")
    assert [line for line in tally.broken() if "doubled" in line]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_every_point_is_where_the_table_says(point: Point) -> None:
    fuse.check(point)


def test_a_point_that_is_lost_is_named() -> None:
    lost = Point("C99", "nowhere", "connector.services.messages:not_there")
    with pytest.raises(ConfigError, match="C99 is lost"):
        fuse.check(lost)


def test_a_point_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"C99: there is no such point; there are C0, .*C13"):
        points.by_name("C6,C99")
