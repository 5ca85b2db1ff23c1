import pytest
from connector.services import last_look, budgets, links, messages_plan, gate_history
from connector.domain.gate import Go
from tests.services import test_offers as o, test_costs as c, test_fallback as f, test_unknowns as u
from tests.services.test_unknowns import vendor

def test_m1(stage, monkeypatch):
    monkeypatch.setattr(last_look, "_offer_stands", lambda *a: Go())
    o.test_two_flows_at_once_give_each_person_one_offer(stage)

def test_m2(stage, monkeypatch):
    from sqlalchemy import update
    from connector.models import Budget
    def loose(session, store, message, cost, now):
        keep = budgets.cap
        budgets.cap = lambda s: None
        try:
            return real(session, store, message, cost, now)
        finally:
            budgets.cap = keep
    real = budgets.reserve
    monkeypatch.setattr(budgets, "reserve", loose)
    c.test_a_cap_is_hard_however_many_send_at_once(stage, 7)

def test_m3(stage, vendor, monkeypatch):
    monkeypatch.setattr(links, "belong", lambda *a: True)
    u.test_somebody_elses_message_is_no_proof(stage, vendor)
