"""The two roles of a running service; the owner (who runs this) only migrates."""

from alembic import context
from psycopg import sql

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make each role if it is missing; neither owns anything nor ignores row-level security."""
    for name in ("app", "broker"):
        login = context.config.attributes[name]
        _make(login.role, login.password)


def _make(role: str, password: str) -> None:
    connection = op.get_bind()
    raw = connection.connection.driver_connection
    known = raw.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone()
    if not known:
        raw.execute(
            sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole").format(
                sql.Identifier(role)
            )
        )
    if password:
        raw.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
        )


def downgrade() -> None:
    """Roles may own grants elsewhere: they stay."""
