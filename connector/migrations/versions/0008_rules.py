"""Who may see and do what with the new tables and columns."""

from alembic import context

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT = ("chores", "privacy_requests", "product_views")
# Of no store: a merchant signs in before anyone knows which store she will open.
BROKERS_OWN = ("accounts", "account_keys", "account_stores", "trials", "install_states")
BROKER_READS = {
    "chores": "*",
    "privacy_requests": "id, store_id, kind, asked_at, due_at, done_at",
    "product_views": "id, store_id, at",
    "discounts": "id, store_id, state, tidy_at, rung_until",
    "consents": "id, store_id, tell_at, rung_until",
}
BROKER_WRITES = {
    "chores": "due_at, rung_until, lease_token, lease_until, failures, error",
    "discounts": "rung_until",
    "consents": "rung_until",
    "desk_keys": "used_at",
}


def upgrade() -> None:
    """Close the new tables, then open what each role needs."""
    app, broker = (context.config.attributes[name].role for name in ("app", "broker"))
    op.execute(f'grant usage on all sequences in schema public to "{app}", "{broker}"')
    for table in TENANT:
        _isolate(table, app)
    for table in BROKERS_OWN:
        _give_to_broker(table, broker)
    op.execute(f'revoke delete on privacy_requests from "{app}"')
    for table, columns in BROKER_READS.items():
        op.execute(f'create policy all_stores on {table} to "{broker}" using (true)')
        what = "select" if columns == "*" else f"select ({columns})"
        op.execute(f'grant {what} on {table} to "{broker}"')
    for table, columns in BROKER_WRITES.items():
        op.execute(f'grant update ({columns}) on {table} to "{broker}"')
    op.execute(f'grant insert on chores to "{broker}"')
    op.execute(f'grant delete on product_views to "{broker}"')
    op.execute(f'grant select (account_id) on desk_keys to "{broker}"')


def _isolate(table: str, app: str) -> None:
    _close(table)
    own = "store_id = nullif(current_setting('app.store', true), '')::bigint"
    op.execute(f'create policy one_store on {table} to "{app}" using ({own}) with check ({own})')
    op.execute(f'grant select, insert, update, delete on {table} to "{app}"')


def _give_to_broker(table: str, broker: str) -> None:
    _close(table)
    op.execute(f'create policy everyone on {table} to "{broker}" using (true) with check (true)')
    op.execute(f'grant select, insert, update, delete on {table} to "{broker}"')


def _close(table: str) -> None:
    op.execute(f"revoke all on {table} from public")
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    """Versions go forward; a backup goes back."""
