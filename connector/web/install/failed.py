"""How an installation ends that did not succeed: what happened, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from flask import make_response, render_template
from werkzeug.wrappers import Response

from connector.services.installing import BadState, Why


@dataclass(eq=False)
class Failed(Exception):
    """The installation ends here; the texts are for the merchant."""

    title: str
    text: str
    status: int = 400
    again: str = ""  # where "Start again" leads, "" for the first page
    detail: str = ""  # what the platform said, in quiet letters

    def __str__(self) -> str:
        """For logs: no shop, no person."""
        return self.title


def page(failure: Failed) -> Response:
    """The page; a later try must not be answered from a cache."""
    return make_response(
        render_template("pages/install_failed.html", failure=failure), failure.status
    )


_OF_STATES = {
    Why.FORGED: (
        "This link is not complete",
        "It was changed on its way, or it was not made here. Please start once more.",
    ),
    Why.LATE: (
        "That took too long",
        "An installation has to be finished within ten minutes. Please start once more.",
    ),
    Why.ELSEWHERE: (
        "Another browser began this",
        "For your shop's safety an installation ends in the browser in which it began, with"
        " cookies allowed. Please start once more in this one.",
    ),
    Why.SPENT: (
        "This link was used already",
        "If your shop is not connected yet, please start once more.",
    ),
}


def of_state(error: BadState, again: str = "") -> Failed:
    """A state that is of no use."""
    title, text = _OF_STATES[error.why]
    return Failed(title, text, again=again)
