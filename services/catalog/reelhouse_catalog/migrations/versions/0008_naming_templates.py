"""Naming templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "naming_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'movie'"), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('movie', 'movie_version', 'episode', 'special', 'anime', 'daily', 'track', 'audiobook')",
            name=op.f("ck_naming_templates_kind"),
        ),
        sa.CheckConstraint("template <> ''", name=op.f("ck_naming_templates_template")),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_naming_templates_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_naming_templates")),
        sa.UniqueConstraint(
            "kind",
            "library_id",
            name=op.f("uq_naming_templates_kind_library_id"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_naming_templates_library_id",
        "naming_templates",
        ["library_id"],
        unique=False,
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_index("ix_naming_templates_library_id", table_name="naming_templates", schema="catalog")
    op.drop_table("naming_templates", schema="catalog")
