"""Evidence for one word: figures, contexts, the decision in words."""
