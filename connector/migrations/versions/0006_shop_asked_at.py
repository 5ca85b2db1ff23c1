"""When the shop was last asked what it knows of a shopper."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time as of which the shop's counts are; the table's rules cover it."""
    op.add_column("contacts", sa.Column("shop_asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Versions go forward; a backup goes back."""
