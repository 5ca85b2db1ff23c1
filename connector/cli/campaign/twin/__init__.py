"""`--part twin`: one story played twice, in memory and on PostgreSQL, and the two logs compared.

The rehearsal plays a crowd's scenes in memory; here the services play the very same scenes on
tables of their own, under the same clock and with the same wayward vendors. Whatever was
decided must be the same, to the microsecond.

databases.py   tables for a scene            vendors.py   the shop, the vendors, an outlet
rows.py        the tables, read as they are  player.py    a store, its clock
passing.py     time, and what falls due      hearing.py   what is told
sending.py     the way of one message        checks.py    what must never happen
log.py         what both sides came to       playing.py   one scene on both sides
verdict.py     the two logs side by side     workers.py   all scenes, by several processes
"""

from connector.cli.campaign.twin.verdict import Verdict
from connector.cli.campaign.twin.workers import run

__all__ = ["Verdict", "run"]
