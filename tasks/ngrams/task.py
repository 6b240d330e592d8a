"""Counting: each batch once into a shard of its own, the corpus as the sum of its shards."""
