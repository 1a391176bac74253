"""Projectors: notes laid out on a plane."""
