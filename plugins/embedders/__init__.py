"""Embedders, one idea a file."""
