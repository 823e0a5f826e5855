"""What confounders let expect, connections of remote visits, and reminders. Releases made before do not know them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = (
    *("remote", "connection_failed", "reminders_known", "reminders"),
    *("no_show_modelled", "no_show_expected", "lost_modelled", "lost_expected"),
)


def upgrade() -> None:
    for table in ("attendance_cells", "attendance_totals"):
        for name in COLUMNS:
            op.add_column(table, sa.Column(name, sa.BigInteger()))
