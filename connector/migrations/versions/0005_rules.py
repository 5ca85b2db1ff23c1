"""Who may see and do what with the new tables, and the new states that may follow."""

from alembic import context

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TENANT = ("assignments", "budgets", "errands")
BROKER_READS = {
    "errands": "id, store_id, state, due_at, attempts, lease_until, rung_until, repeatable"
}
BROKER_WRITES = {
    "errands": "rung_until, state, lease_until, reason",
    "messages": "resolvable, due_at, maybe_left",
}

TRANSITIONS = """
create or replace function message_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then return new; end if;
  if (old.state, new.state) in (
    ('scheduled', 'claimed'), ('scheduled', 'cancelled'), ('scheduled', 'dead'),
    ('claimed', 'inflight'), ('claimed', 'scheduled'), ('claimed', 'cancelled'),
    ('claimed', 'dead'), ('claimed', 'unknown'),
    ('inflight', 'sent'), ('inflight', 'unknown'), ('inflight', 'scheduled'),
    ('inflight', 'dead'),
    ('unknown', 'resolving'), ('unknown', 'sent'), ('unknown', 'failed'),
    ('scheduled', 'unknown'),
    ('resolving', 'sent'), ('resolving', 'unknown'), ('resolving', 'scheduled'),
    ('sent', 'failed')
  ) then return new; end if;
  raise exception 'a message cannot go from % to %', old.state, new.state;
end $$;
"""


def upgrade() -> None:
    """Close the new tables, then open what each role needs."""
    app, broker = (context.config.attributes[name].role for name in ("app", "broker"))
    op.execute(f'grant usage on all sequences in schema public to "{app}", "{broker}"')
    for table in TENANT:
        _isolate(table, app)
    op.execute(f'revoke update, delete on assignments from "{app}"')
    op.execute(f'revoke delete on budgets, errands from "{app}"')
    for table, columns in BROKER_READS.items():
        op.execute(f'create policy all_stores on {table} to "{broker}" using (true)')
        op.execute(f'grant select ({columns}) on {table} to "{broker}"')
    for table, columns in BROKER_WRITES.items():
        op.execute(f'grant update ({columns}) on {table} to "{broker}"')
    op.execute(f'grant select (resolvable, provider) on messages to "{broker}"')
    op.execute(TRANSITIONS)


def _isolate(table: str, app: str) -> None:
    op.execute(f"revoke all on {table} from public")
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    own = "store_id = nullif(current_setting('app.store', true), '')::bigint"
    op.execute(f'create policy one_store on {table} to "{app}" using ({own}) with check ({own})')
    op.execute(f'grant select, insert, update, delete on {table} to "{app}"')


def downgrade() -> None:
    """Versions go forward; a backup goes back."""
