"""Scores against gold, and bits per character."""
