"""Look for misspelled words among the words of titles, not among all titles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "title_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_title_words")),
        schema="catalog",
    )
    # As titles.searching.vocabulary: words of names and people, of scripts with words.
    op.execute(
        "INSERT INTO catalog.title_words"
        " SELECT DISTINCT word FROM catalog.titles,"
        " unnest(tsvector_to_array(ts_filter(search_vector, '{a,b}'))) AS word"
        " WHERE length(word) >= 3 AND word !~ '^[0-9]+$'"
    )
    op.create_index(
        "ix_title_words_word_trgm",
        "title_words",
        ["word"],
        unique=False,
        schema="catalog",
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.drop_index("ix_titles_search_text", table_name="titles", schema="catalog")
    op.drop_index("ix_titles_search_text_prefix", table_name="titles", schema="catalog")
    op.execute('ALTER TABLE catalog.titles ALTER search_text TYPE text COLLATE "C"')
    op.create_index(
        "ix_titles_search_text_id",
        "titles",
        ["search_text", "id"],
        unique=False,
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_index("ix_titles_search_text_id", table_name="titles", schema="catalog")
    op.execute('ALTER TABLE catalog.titles ALTER search_text TYPE text COLLATE "default"')
    op.create_index(
        "ix_titles_search_text_prefix",
        "titles",
        ["search_text"],
        unique=False,
        schema="catalog",
        postgresql_ops={"search_text": "text_pattern_ops"},
    )
    op.create_index(
        "ix_titles_search_text",
        "titles",
        ["search_text"],
        unique=False,
        schema="catalog",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_table("title_words", schema="catalog")
