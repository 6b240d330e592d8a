"""Stages of the Minlex pipeline: one folder each, pure modules plus one task.py."""
