"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001_first_tables"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "twostep_acceptances",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("migration", sa.Text(), nullable=False),
        sa.Column("fingerprints", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "number", "rule", "migration"),
    )
    op.create_table(
        "twostep_failures",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("delivery"),
    )
    op.create_index("twostep_failures_at", "twostep_failures", ["at"], unique=False)
    op.create_table(
        "twostep_heartbeats",
        sa.Column("executor", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("executor"),
    )
    op.create_table(
        "twostep_notes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("twostep_notes_at", "twostep_notes", ["at"], unique=False)
    op.create_table(
        "twostep_pauses",
        sa.Column("installation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("installation"),
    )
    op.create_table(
        "twostep_pull_requests",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("wanted_sha", sa.Text(), server_default="", nullable=False),
        sa.Column("again", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("claimed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_sha", sa.Text(), server_default="", nullable=False),
        sa.Column("judged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("judged_sha", sa.Text(), server_default="", nullable=False),
        sa.Column("judged_base", sa.Text(), server_default="", nullable=False),
        sa.Column("open", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("base_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("touches", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("conflicts", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("updated_at", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "number"),
    )
    op.create_index(
        "twostep_pull_requests_base",
        "twostep_pull_requests",
        ["repository_id", "base_ref"],
        unique=False,
    )
    op.create_index(
        "twostep_pull_requests_installation",
        "twostep_pull_requests",
        ["installation"],
        unique=False,
    )
    op.create_table(
        "twostep_reports",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("head_sha", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("twostep_reports_at", "twostep_reports", ["at"], unique=False)
    op.create_index(
        "twostep_reports_subject",
        "twostep_reports",
        ["repository_id", "number", "at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("twostep_reports_subject", table_name="twostep_reports")
    op.drop_index("twostep_reports_at", table_name="twostep_reports")
    op.drop_table("twostep_reports")
    op.drop_index("twostep_pull_requests_installation", table_name="twostep_pull_requests")
    op.drop_index("twostep_pull_requests_base", table_name="twostep_pull_requests")
    op.drop_table("twostep_pull_requests")
    op.drop_table("twostep_pauses")
    op.drop_index("twostep_notes_at", table_name="twostep_notes")
    op.drop_table("twostep_notes")
    op.drop_table("twostep_heartbeats")
    op.drop_index("twostep_failures_at", table_name="twostep_failures")
    op.drop_table("twostep_failures")
    op.drop_table("twostep_acceptances")
