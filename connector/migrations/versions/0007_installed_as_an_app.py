"""Accounts, chores, expiring tokens, privacy requests: what an installed app needs."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns; rows that are there get the value that means "nothing yet"."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email_key", name=op.f("uq_accounts_email_key")),
    )
    op.create_table(
        "trials",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
    )
    op.create_index("ix_trials_who_at", "trials", ["who", "at"], unique=False)
    op.create_table(
        "account_keys",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_keys_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_keys")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_keys_token_hash")),
    )
    op.create_index("ix_account_keys_account_id", "account_keys", ["account_id"], unique=False)
    op.create_table(
        "account_stores",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_stores_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
            name=op.f("fk_account_stores_store_id_stores"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_stores")),
        sa.UniqueConstraint(
            "account_id", "store_id", name=op.f("uq_account_stores_account_id_store_id")
        ),
    )
    op.create_index("ix_account_stores_store_id", "account_stores", ["store_id"], unique=False)
    op.create_table(
        "chores",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_chores_store_id_stores"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chores")),
        sa.UniqueConstraint("store_id", "kind", name=op.f("uq_chores_store_id_kind")),
    )
    op.create_index(
        "ix_chores_due", "chores", ["due_at"], unique=False, postgresql_where="due_at is not null"
    )
    op.create_table(
        "install_states",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
            name=op.f("fk_install_states_store_id_stores"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_install_states")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_install_states_token_hash")),
    )
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("contact_ids", postgresql.JSONB(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
            name=op.f("fk_privacy_requests_store_id_stores"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
        sa.UniqueConstraint(
            "store_id",
            "kind",
            "reference",
            name=op.f("uq_privacy_requests_store_id_kind_reference"),
        ),
    )
    op.create_index(
        "ix_privacy_requests_open",
        "privacy_requests",
        ["due_at"],
        unique=False,
        postgresql_where="done_at is null",
    )
    op.create_table(
        "product_views",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("cart_token", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_product_views_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
            name=op.f("fk_product_views_store_id_stores"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_views")),
        sa.UniqueConstraint(
            "store_id",
            "cart_token",
            "product_id",
            "at",
            name=op.f("uq_product_views_store_id_cart_token_product_id_at"),
        ),
    )
    op.create_index("ix_product_views_contact_id", "product_views", ["contact_id"], unique=False)
    op.create_index(
        "ix_product_views_store_id_at", "product_views", ["store_id", "at"], unique=False
    )
    op.add_column(
        "carts", sa.Column("imported", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("carts", sa.Column("platform_mail_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("consents", sa.Column("tell_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "consents", sa.Column("tell_tries", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "consents", sa.Column("tell_error", sa.String(), nullable=False, server_default="")
    )
    op.add_column("consents", sa.Column("rung_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_consents_tell",
        "consents",
        ["tell_at"],
        unique=False,
        postgresql_where="tell_at is not null",
    )
    op.add_column("desk_keys", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_desk_keys_account_id_accounts"),
        "desk_keys",
        "accounts",
        ["account_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column("discounts", sa.Column("tidy_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "discounts", sa.Column("tidy_tries", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("discounts", sa.Column("rung_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_discounts_tidy",
        "discounts",
        ["tidy_at"],
        unique=False,
        postgresql_where="tidy_at is not null",
    )
    op.add_column(
        "orders", sa.Column("imported", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "stores", sa.Column("platform_ref", sa.String(), nullable=False, server_default="")
    )
    op.add_column(
        "stores", sa.Column("scopes", postgresql.JSONB(), nullable=False, server_default="[]")
    )
    op.add_column("stores", sa.Column("trouble", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "stores", sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "stores", sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("stores", sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "stores", sa.Column("token_generation", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("stores", sa.Column("capture", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Versions go forward; a backup goes back."""
