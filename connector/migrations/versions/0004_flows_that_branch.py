"""Flows that branch."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what branching flows, measurements, budgets and errands need."""
    op.create_table(
        "budgets",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("used_micros", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_budgets_store_id_stores"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "store_id", "medium", "month", name=op.f("uq_budgets_store_id_medium_month")
        ),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("cart_id", sa.BigInteger(), nullable=True),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["carts.id"], name=op.f("fk_assignments_cart_id_carts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_assignments_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["flow_id"], ["flows.id"], name=op.f("fk_assignments_flow_id_flows"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
            name=op.f("fk_assignments_store_id_stores"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint(
            "flow_id",
            "contact_id",
            "salt",
            "arm",
            name=op.f("uq_assignments_flow_id_contact_id_salt_arm"),
        ),
    )
    op.create_index("ix_assignments_contact_id", "assignments", ["contact_id"], unique=False)
    op.create_table(
        "errands",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("repeatable", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'claimed') = (lease_until is not null)", name=op.f("ck_errands_lease")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_errands_run_id_runs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_errands_store_id_stores"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
        sa.UniqueConstraint("run_id", "step_id", name=op.f("uq_errands_run_id_step_id")),
    )
    op.create_index(
        "ix_errands_due",
        "errands",
        ["due_at"],
        unique=False,
        postgresql_where="state = 'scheduled'",
    )
    op.add_column(
        "carts", sa.Column("payment", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "carts",
        sa.Column("held_out", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "carts", sa.Column("excluded", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "contacts",
        sa.Column(
            "tags",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
    )
    op.add_column(
        "contacts",
        sa.Column(
            "shop_tags",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
    )
    op.add_column(
        "contacts",
        sa.Column(
            "roles",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
    )
    op.add_column("contacts", sa.Column("shop_orders", sa.BigInteger(), nullable=True))
    op.add_column("contacts", sa.Column("shop_spent_minor", sa.BigInteger(), nullable=True))
    op.add_column("discounts", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "discounts",
        sa.Column(
            "offer",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
        ),
    )
    op.create_index("ix_discounts_contact_id", "discounts", ["contact_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_discounts_contact_id_contacts"),
        "discounts",
        "contacts",
        ["contact_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column(
        "flow_versions",
        sa.Column("text", sa.String(), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "flows", sa.Column("state", sa.String(), nullable=False, server_default=sa.text("'on'"))
    )
    op.add_column(
        "flows", sa.Column("priority", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "flows",
        sa.Column("holdout_percent", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column(
        "flows",
        sa.Column("holdout_salt", sa.String(), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "flows", sa.Column("calibrating_until", sa.DateTime(timezone=True), nullable=True)
    )
    _as_owner("flows", "update flows set state = case when active then 'on' else 'off' end")
    op.drop_column("flows", "active")
    op.add_column("messages", sa.Column("flow_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "messages",
        sa.Column("priority", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column(
        "messages",
        sa.Column(
            "variants",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
        ),
    )
    op.add_column(
        "messages",
        sa.Column("has_offer", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "messages", sa.Column("no_offer", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("messages", sa.Column("planned_for", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "messages",
        sa.Column("maybe_left", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "messages",
        sa.Column("resolvable", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "messages",
        sa.Column("cost_micros", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column(
        "messages",
        sa.Column("cost_month", sa.String(), nullable=False, server_default=sa.text("''")),
    )
    op.drop_constraint(op.f("uq_messages_run_id_step_id"), "messages", type_="unique")
    op.create_index(
        "ix_messages_unknown",
        "messages",
        ["due_at"],
        unique=False,
        postgresql_where="state = 'unknown' and resolvable",
    )
    op.create_index(
        "uq_messages_one_a_step",
        "messages",
        ["run_id", "step_id"],
        unique=True,
        postgresql_where="state not in ('cancelled', 'dead', 'failed')",
    )
    op.create_unique_constraint(
        op.f("uq_messages_run_id_step_id_medium"), "messages", ["run_id", "step_id", "medium"]
    )
    op.create_foreign_key(
        op.f("fk_messages_flow_id_flows"),
        "messages",
        "flows",
        ["flow_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column(
        "orders",
        sa.Column(
            "lines",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
    )
    op.add_column(
        "messages",
        sa.Column("stumbles", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column("orders", sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "products",
        sa.Column(
            "collections",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
    )
    op.add_column("runs", sa.Column("entry_order_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "runs",
        sa.Column(
            "variants",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
        ),
    )
    op.add_column(
        "runs", sa.Column("arm", sa.String(), nullable=False, server_default=sa.text("'treated'"))
    )
    op.add_column(
        "stores", sa.Column("orders_failed_at", sa.DateTime(timezone=True), nullable=True)
    )
    _as_owner(
        "messages runs discounts",
        "update messages m set flow_id = r.flow_id, planned_for = m.due_at"
        " from runs r where r.id = m.run_id",
        "update discounts d set contact_id = r.contact_id from runs r where r.id = d.run_id",
    )
    op.alter_column("messages", "flow_id", nullable=False)
    op.alter_column("messages", "planned_for", nullable=False)
    op.alter_column("discounts", "contact_id", nullable=False)
    _redraw()


def _as_owner(tables: str, *statements: str) -> None:
    """Row-level security is forced, and the owner has no policy: else it would see no row."""
    for table in tables.split():
        op.execute(f"alter table {table} no force row level security")
    for statement in statements:
        op.execute(statement)
    for table in tables.split():
        op.execute(f"alter table {table} force row level security")


def _redraw() -> None:
    """Indexes and checks that now speak of more states."""
    op.drop_index("ix_runs_due", "runs")
    due = "state in ('active', 'pending')"
    op.create_index("ix_runs_due", "runs", ["due_at"], postgresql_where=due)
    op.drop_index("uq_runs_active", "runs")
    op.create_index(
        "uq_runs_active",
        "runs",
        ["flow_id", "contact_id"],
        unique=True,
        postgresql_where="state = 'active' and order_id is null",
    )
    op.drop_index("ix_messages_leased", "messages")
    leased = "state in ('claimed', 'inflight', 'resolving')"
    op.create_index("ix_messages_leased", "messages", ["lease_until"], postgresql_where=leased)
    op.drop_constraint(op.f("ck_messages_lease"), "messages", type_="check")
    op.create_check_constraint(
        op.f("ck_messages_lease"), "messages", f"({leased}) = (lease_token is not null)"
    )


def downgrade() -> None:
    """Versions go forward; a backup goes back."""
