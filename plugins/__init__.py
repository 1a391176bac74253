"""Plugins of the house, registered through entry points exactly like a stranger's."""
