"""Migrations: one Alembic history per schema, all run by the same code."""

from __future__ import annotations

from reelhouse_kit.migrations.schema import Schema

__all__ = ["Schema"]
