"""Tuning: pairs of texts that a vault says belong together, and what becomes of a model that learned from them."""
