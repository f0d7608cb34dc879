"""History tables, partitioned by month.

A service's role does not own its tables and cannot create partitions. A function of the owner's
does it, made by the schema's first revision and called by migrations and once a day.

Revisions call these functions: what they return never changes once a revision is released.
"""

from __future__ import annotations

from sqlalchemy import text

from reelhouse_kit.db.query import Query

_ENSURE = """
CREATE OR REPLACE FUNCTION {schema}.ensure_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- Creates the partitions of this month and the two after it for every partitioned table.
DECLARE
    parent record;
    month timestamptz;
    partition text;
    made integer := 0;
BEGIN
    FOR parent IN
        SELECT c.relname FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = '{schema}'
    LOOP
        FOR step IN 0..2 LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
            month := (month AT TIME ZONE 'UTC' + make_interval(months => step)) AT TIME ZONE 'UTC';
            partition := parent.relname || '_p' || to_char(month AT TIME ZONE 'UTC', 'YYYYMM');
            IF to_regclass('{schema}.' || partition) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE {schema}.%I PARTITION OF {schema}.%I '
                    'FOR VALUES FROM (%L) TO (%L)',
                    partition, parent.relname, month,
                    (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$
"""
_DROP = """
CREATE OR REPLACE FUNCTION {schema}.drop_partitions(parent text, older interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- Drops the partitions of a table that hold nothing younger than an interval.
DECLARE
    partition record;
    dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass('{schema}.' || quote_ident(parent))
        AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' < now() - older
    LOOP
        EXECUTE format('DROP TABLE {schema}.%I', partition.relname);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$
"""


def create_functions(schema: str) -> list[str]:
    """Returns the statements of a schema's first revision that make the functions."""
    return [_ENSURE.format(schema=schema), _DROP.format(schema=schema)]


def drop_functions(schema: str) -> list[str]:
    """Returns the statements that take them away again."""
    return [
        f"DROP FUNCTION {schema}.ensure_partitions()",
        f"DROP FUNCTION {schema}.drop_partitions(text, interval)",
    ]


def ensure(schema: str) -> Query:
    """Returns the statement that makes partitions ahead of their time."""
    return Query(text(f"SELECT {schema}.ensure_partitions()"))
