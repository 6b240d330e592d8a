"""Everything that decided about one word, read from the tables."""
