"""Mails of the service's own, secrets of the installation, and who may touch them."""

from alembic import context
import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Of no store: they are about merchants, or about the installation.
BROKERS_OWN = ("system_mails", "own_secrets")


def upgrade() -> None:
    """Add the two tables, closed to all but the broker."""
    op.create_table(
        "system_mails",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_mails")),
    )
    op.create_table(
        "own_secrets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_own_secrets")),
    )
    broker = context.config.attributes["broker"].role
    op.execute(f'grant usage on all sequences in schema public to "{broker}"')
    for table in BROKERS_OWN:
        op.execute(f"revoke all on {table} from public")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        everyone = f'create policy everyone on {table} to "{broker}" using (true) with check (true)'
        op.execute(everyone)
        op.execute(f'grant select, insert, update, delete on {table} to "{broker}"')
    op.execute(f'revoke delete on own_secrets from "{broker}"')


def downgrade() -> None:
    """Versions go forward; a backup goes back."""
