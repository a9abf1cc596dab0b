"""
The product's own tables, beside those of the queue. ``bot/schema/`` brings a database to them.

Times are seconds since the epoch, by the clock of the database: machines that
share it need not agree on theirs.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

pull_requests = sa.Table(
    "twostep_pull_requests",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("installation", sa.BigInteger, nullable=False),
    sa.Column("full_name", sa.Text, nullable=False),
    # What is wanted: each event that asks for a review takes the next number.
    sa.Column("wanted", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("wanted_sha", sa.Text, nullable=False, server_default=""),
    sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),
    # What has been begun, and what has been said.
    sa.Column("claimed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("claimed_sha", sa.Text, nullable=False, server_default=""),
    sa.Column("judged", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("judged_sha", sa.Text, nullable=False, server_default=""),
    sa.Column("judged_base", sa.Text, nullable=False, server_default=""),
    # What it is.
    sa.Column("open", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("base_ref", sa.Text, nullable=False, server_default=""),
    sa.Column("touches", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("conflicts", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("updated_at", sa.Float, nullable=False, server_default="0"),
    sa.Index("twostep_pull_requests_base", "repository_id", "base_ref"),
    sa.Index("twostep_pull_requests_installation", "installation"),
)

reports = sa.Table(
    "twostep_reports",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("installation", sa.BigInteger, nullable=False),
    sa.Column("number", sa.Integer, nullable=True),
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("twostep_reports_subject", "repository_id", "number", "at"),
    sa.Index("twostep_reports_at", "at"),
)

acceptances = sa.Table(
    "twostep_acceptances",
    metadata,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("migration", sa.Text, primary_key=True),
    sa.Column("fingerprints", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

notes = sa.Table(
    "twostep_notes",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("twostep_notes_at", "at"),
)

pauses = sa.Table(
    "twostep_pauses",
    metadata,
    sa.Column("installation", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("until", sa.Float, nullable=False),
)

heartbeats = sa.Table(
    "twostep_heartbeats",
    metadata,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)

failures = sa.Table(
    "twostep_failures",
    metadata,
    sa.Column("delivery", sa.Text, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("twostep_failures_at", "at"),
)
