"""Fixtures of this room."""

from tests.insight.vaults import small

__all__ = ["small"]
