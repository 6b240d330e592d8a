"""The lexicon in the formats of other tools, one format a module."""
