"""Who enters which flow: something happened to a person, and each flow that listens judges."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.domain import flows as domain
from connector.domain.flows.entry import (
    Enter,
    Entry,
    EntryFacts,
    Happening,
    Past,
    Skip,
    judge,
    listens,
)
from connector.domain.flows.holdout import Arm
from connector.rehearsal.base import Rank
from connector.rehearsal.rows import (
    GOING_ON,
    CartRow,
    FlowRow,
    FlowState,
    OrderRow,
    Run,
    RunState,
    Shopper,
)
from connector.rehearsal.runs import Runs


@dataclass(frozen=True)
class Occasion:
    """What happened to whom."""

    shopper: Shopper
    happening: Happening
    cart: CartRow | None = None
    order: OrderRow | None = None


@dataclass
class Entries(Runs):
    """The doors of the flows."""

    arms: dict[tuple[str, str, int], tuple[int, Arm]] = field(default_factory=dict)

    def cart_happened(self, occasion: Occasion, cart: CartRow) -> None:
        """A cart enters at most one flow: the first, by priority, that takes it."""
        if cart.held_out or cart.excluded:
            why = "left alone, to measure" if cart.held_out else f"excluded: {cart.excluded}"
            self.note("flow", cart.external_id, f"No flow begun: {why}")
            return
        found = self.listening_flows(occasion.happening)
        for run in self._recoveries(occasion) if found else ():
            if listens(run.flow, occasion.happening):
                self.merge(run, cart)
                return
            self.cancel(run, "a newer cart took its place")
        for row in found:
            entry = self._judged(occasion, row)
            if isinstance(entry, Enter):
                self._enter(occasion, row, entry)
                return
            if self._skipped(occasion, row, entry, cart):
                return

    def _skipped(self, occasion: Occasion, row: FlowRow, entry: Skip, cart: CartRow) -> bool:
        """She does not enter; True if no other flow may take her either."""
        self.not_entered(occasion, row, entry)
        cart.held_out = entry.here_before and self._still_held_out(occasion, row)
        return cart.held_out

    def _recoveries(self, occasion: Occasion) -> list[Run]:
        """Her runs about carts that wait; after its order a run is no recovery any more."""
        runs = self.going_on([occasion.shopper.id])
        return [run for run in runs if run.cart is not None and run.order is None]

    def happened(self, occasion: Occasion) -> None:
        """Something that is about no waiting cart: every flow that listens is asked."""
        for row in self.listening_flows(occasion.happening):
            entry = self._judged(occasion, row)
            if isinstance(entry, Enter):
                self._enter(occasion, row, entry)
            elif isinstance(entry, Skip):
                self.not_entered(occasion, row, entry)

    def listening_flows(self, happening: Happening) -> list[FlowRow]:
        """The flows that are on and listen, the highest priority first."""
        rows = sorted(self.flows.values(), key=lambda row: (-row.priority, row.id))
        on = (row for row in rows if row.state is FlowState.ON)
        return [row for row in on if listens(row.flow, happening)]

    def not_entered(self, occasion: Occasion, row: FlowRow, entry: Skip) -> None:
        """She is left out of a flow that listened."""
        text = f"Not entered “{row.name}”: {entry.reason}"
        self.note("flow", occasion.happening.entry_key, text)

    def _judged(self, occasion: Occasion, row: FlowRow) -> Entry:
        shopper = occasion.shopper
        draw = f"{row.key}:{shopper.id}:entry"
        facts = EntryFacts(
            happening=occasion.happening,
            past=self._past(occasion, row),
            who=self.who(shopper),
            shopper=self.facts(shopper, occasion.cart, occasion.order, draw=draw),
            zone=self.shop.timezone,
            store_excludes=self.settings.exclude,
        )
        return judge(row.flow, facts, self.now)

    def _past(self, occasion: Occasion, row: FlowRow) -> Past:
        runs = [run for run in self._runs_of.get(occasion.shopper.id, ()) if run.row is row]
        if not runs:
            return Past()
        return Past(
            active=any(run.state in GOING_ON and run.order is None for run in runs),
            entered_for_this=any(r.entry_key == occasion.happening.entry_key for r in runs),
            entered_at=runs[-1].started_at,
            ended_with_order=runs[-1].order is not None,
        )

    def merge(self, run: Run, cart: CartRow) -> None:
        """One person, one way: what is still to come is about the cart that she touched last."""
        older = run.cart
        if older is None or older is cart or older.activity_at > cart.activity_at:
            return
        run.cart = cart
        for message in run.messages:
            if message.state == "scheduled":
                message.cart = cart
                self._about_cart[cart.id].append(message)
        text = "She is in a flow already: the newer cart takes the place of the older one"
        self.note("flow", cart.external_id, text)

    def _enter(self, occasion: Occasion, row: FlowRow, entry: Enter) -> None:
        arm = self._arm(occasion, row)
        run = self._begin(occasion, row, entry, arm)
        if run is None:
            return
        if arm is Arm.HELD_OUT:
            if occasion.cart is not None:
                occasion.cart.held_out = True
            self.note("flow", run.name, f"Left alone, to measure what “{row.name}” brings")
        else:
            self.note("flow", run.name, f"Entered the flow “{row.name}”")
            self.is_due(run.due_at, Rank.RUN, run.id)

    def _begin(self, occasion: Occasion, row: FlowRow, entry: Enter, arm: Arm) -> Run | None:
        start = domain.begin(row.flow, domain.STEPS, "the flow has no steps")
        if isinstance(start, domain.Finish):
            return None
        state = RunState.ACTIVE if entry.at <= self.now else RunState.PENDING
        held, cart = arm is Arm.HELD_OUT, occasion.cart
        run = Run(
            id=len(self.runs) + 1,
            row=row,
            flow=row.flow,
            shopper=occasion.shopper,
            cart=cart,
            entry_key=occasion.happening.entry_key,
            state=RunState.HELD_OUT if held else state,
            arm=arm,
            branch=start.branch,
            step_id=start.step_id,
            entered_step_at=self.now,
            started_at=cart.activity_at if cart else occasion.happening.at,
            due_at=max(entry.at, self.now),
            began_at=self.now,
            entry_order=occasion.order,
            reason="left alone, to measure" if held else "",
        )
        self.runs[run.id] = run
        self._runs_of[occasion.shopper.id].append(run)
        self.touch("run", run)
        return run

    def _arm(self, occasion: Occasion, row: FlowRow) -> Arm:
        """Her arm: drawn once, kept for good, the same under all her names."""
        arm = self._arm_now(occasion, row)
        mine = (row.key, row.holdout.salt, occasion.shopper.id)
        if mine not in self.arms or arm is Arm.TREATED is not self.arms[mine][1]:
            self.arms[mine] = (len(self.arms), arm)  # new, or set free
        return arm

    def _arm_now(self, occasion: Occasion, row: FlowRow) -> Arm:
        known = self._assigned(occasion, row)
        person, before = known or (occasion.shopper.id, None)
        return row.holdout.arm(row.flow.key, str(person), self.now, before)

    def _assigned(self, occasion: Occasion, row: FlowRow) -> tuple[int, Arm] | None:
        """Who of her kin was assigned first, and to what."""
        keys = [(row.key, row.holdout.salt, one) for one in self.kin(occasion.shopper)]
        found = [(self.arms[key], key[2]) for key in keys if key in self.arms]
        if not found:
            return None
        # Who was treated once stays so: what she was sent cannot be taken back.
        (_, arm), person = min(found, key=lambda one: (one[0][1] is not Arm.TREATED, one))
        return person, arm

    def _still_held_out(self, occasion: Occasion, row: FlowRow) -> bool:
        """She is left alone in this flow: no other may write to her about a cart meanwhile."""
        assigned = self._assigned(occasion, row)
        return assigned is not None and self._arm_now(occasion, row) is Arm.HELD_OUT
