"""Training by gradient descent, the same loop for every neural model: deterministic, resumable, stopped in time."""
