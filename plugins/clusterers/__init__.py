"""Clusterers: which notes are about the same."""
