"""Whole sentences behind a point: the VAE of a corpus's text, what it costs, and what it writes."""
