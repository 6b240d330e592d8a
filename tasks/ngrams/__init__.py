"""Exact character n-gram counts and the statistics over them."""
