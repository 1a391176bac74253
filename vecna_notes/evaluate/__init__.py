"""Evaluation: how well the vault is searched, measured on its own notes or on a judged collection."""
