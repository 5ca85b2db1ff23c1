"""Who may see and do what: row-level security, grants, and the states that may follow."""

from alembic import context

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every table of a store's data. The app role sees the rows of `app.store` and no others.
TENANT = (
    "channel_accounts desk_keys webhooks contacts contact_identities consents suppressions"
    " audience_members carts cart_tokens orders refunds order_news products flows"
    " flow_versions runs messages attempts message_events discounts links clicks"
    " attributions journal"
).split()
# Written once: no role of the running service may change or remove them.
APPEND_ONLY = ("clicks", "journal", "message_events", "refunds")
# What the broker may read of other tables than webhooks: ids, times and states, no data.
BROKER_READS = {
    "contacts": "id, store_id, audience_due_at, rung_until",
    "carts": "id, store_id, due_at, rung_until",
    "runs": "id, store_id, state, due_at, rung_until",
    "messages": "id, store_id, state, due_at, lease_token, lease_until, rung_until, reason",
    "links": "id, store_id, token_hash, purpose, message_id, expires_at",
    "desk_keys": "id, store_id, token_hash, session, expires_at, used_at",
    "stores": "*",
    "webhooks": "*",
}
BROKER_WRITES = {
    "contacts": "rung_until",
    "carts": "rung_until",
    "runs": "rung_until",
    "messages": "rung_until, state, lease_token, lease_until, reason",
    "webhooks": "rung_until, state, reason, attempts, retry_at, lease_until, body",
}

TRANSITIONS = """
create function message_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then return new; end if;
  if (old.state, new.state) in (
    ('scheduled', 'claimed'), ('scheduled', 'cancelled'), ('scheduled', 'dead'),
    ('claimed', 'inflight'), ('claimed', 'scheduled'), ('claimed', 'cancelled'),
    ('claimed', 'dead'),
    ('inflight', 'sent'), ('inflight', 'unknown'), ('inflight', 'scheduled'),
    ('inflight', 'dead'),
    ('unknown', 'sent'), ('unknown', 'scheduled'), ('unknown', 'dead')
  ) then return new; end if;
  raise exception 'a message cannot go from % to %', old.state, new.state;
end $$;
create trigger message_moves before update of state on messages
  for each row execute function message_moves();

create function attempt_is_final() returns trigger language plpgsql as $$
begin
  if old.outcome is not null or new.message_id <> old.message_id
     or new.number <> old.number or new.started_at <> old.started_at then
    raise exception 'an attempt is written once';
  end if;
  return new;
end $$;
create trigger attempt_is_final before update on attempts
  for each row execute function attempt_is_final();
"""

# The shifted clock and a real store must never meet; the trigger sees all stores.
CLOCK_GUARD = """
create policy owner_reads on stores for select to current_user using (true);
create function clock_is_for_sandboxes() returns trigger language plpgsql
  security definer set search_path = pg_catalog, public as $$
begin
  perform pg_advisory_xact_lock(7203515);
  if tg_table_name = 'product_clock' then
    if exists (select 1 from stores where not sandbox and state <> 'uninstalled') then
      raise exception 'a real store is connected: the product clock cannot be shifted';
    end if;
  elsif not new.sandbox and exists (select 1 from product_clock) then
    raise exception 'the product clock is shifted: no real store can be connected';
  end if;
  return new;
end $$;
create trigger clock_is_for_sandboxes before insert or update on product_clock
  for each row execute function clock_is_for_sandboxes();
create trigger clock_is_for_sandboxes before insert or update of sandbox, state on stores
  for each row execute function clock_is_for_sandboxes();
"""


def upgrade() -> None:
    """Close everything, then open what each role needs."""
    app, broker = (context.config.attributes[name].role for name in ("app", "broker"))
    op.execute("revoke all on all tables in schema public from public")
    op.execute(f'grant usage on schema public to "{app}", "{broker}"')
    op.execute(f'grant usage on all sequences in schema public to "{app}", "{broker}"')
    _isolate("stores", "id", app)
    for table in TENANT:
        _isolate(table, "store_id", app)
    for table in APPEND_ONLY:
        op.execute(f'revoke update, delete on {table} from "{app}"')
    op.execute(f'revoke delete on attempts, messages, stores from "{app}"')
    op.execute(f'grant select on product_clock to "{app}"')
    _open_to_broker(broker)
    op.execute(TRANSITIONS)
    op.execute(CLOCK_GUARD)


def _isolate(table: str, column: str, app: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    own = f"{column} = nullif(current_setting('app.store', true), '')::bigint"
    op.execute(f'create policy one_store on {table} to "{app}" using ({own}) with check ({own})')
    op.execute(f'grant select, insert, update, delete on {table} to "{app}"')


def _open_to_broker(broker: str) -> None:
    for table, columns in BROKER_READS.items():
        op.execute(f'create policy all_stores on {table} to "{broker}" using (true)')
        what = "select" if columns == "*" else f"select ({columns})"
        op.execute(f'grant {what} on {table} to "{broker}"')
    for table, columns in BROKER_WRITES.items():
        op.execute(f'grant update ({columns}) on {table} to "{broker}"')
    op.execute(f'grant insert on webhooks to "{broker}"')
    op.execute(f'grant select, insert, update, delete on product_clock to "{broker}"')


def downgrade() -> None:
    """There is nothing before the first release to go back to."""
