"""Flows: the steps a merchant drew, and the pure decision what a run does next.

source.py      text -> values, with lines       checks.py   is it sound; can this store run it
flow.py        trigger, rules, steps            graph.py    every step with its exits; `decide`
steps.py       kinds of steps (waits, doing)    actions.py  what a step answers
conditions.py  what may be asked                offers.py   what may be given
entry.py       who enters                       holdout.py  who is left alone, to measure
"""

from connector.domain.flows.actions import Errand, RunFacts, Tag, WaitUntil, Write
from connector.domain.flows.conditions import Facts
from connector.domain.flows.doing import Send
from connector.domain.flows.errors import FlowError, Problem
from connector.domain.flows.flow import Exit, TriggerKind
from connector.domain.flows.graph import (
    END,
    ON_ORDER,
    STEPS,
    Action,
    Do,
    Finish,
    Flow,
    GoTo,
    begin,
    decide,
)
from connector.domain.flows.offers import Offer
from connector.domain.flows.source import dump, plain, read, read_text, schema

__all__ = [
    "END",
    "ON_ORDER",
    "STEPS",
    "Action",
    "Do",
    "Errand",
    "Exit",
    "Facts",
    "Finish",
    "Flow",
    "FlowError",
    "GoTo",
    "Offer",
    "Problem",
    "RunFacts",
    "Send",
    "Tag",
    "TriggerKind",
    "WaitUntil",
    "Write",
    "begin",
    "decide",
    "dump",
    "plain",
    "read",
    "read_text",
    "schema",
]
