"""The segmenter without labels: a teacher and a student that learn from each other."""
