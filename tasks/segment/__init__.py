"""Segment the corpus by one of its segmenters."""
