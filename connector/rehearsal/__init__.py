"""The same engine in memory, under a virtual clock: for simulations and for dry runs.

Every decision is taken by connector.domain; what is here keeps state and lets time pass.

rows.py    what is kept              news.py       what may be told, beside the store's events
base.py -> people.py -> ledger.py -> runs.py -> entries.py -> carts.py -> orders.py
        -> facts.py -> sending.py -> wishes.py
           one concern each, every layer on top of the one before
engine.py  tell it things, let time pass            vendors.py    who carries the messages
crowd.py   people who abandon carts                 invariants.py what must never happen
simulation.py   a crowd and its stores, for days    backtest.py   a dry run over what has been
"""
