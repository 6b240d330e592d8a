"""Files into documents and sentences."""
