"""Topics: what documents are about, from the words they were cut into."""
