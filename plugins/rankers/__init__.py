"""Rankers: what puts the first hits of a search into a better order."""
