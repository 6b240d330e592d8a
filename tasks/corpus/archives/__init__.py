"""Files within archives and compressed streams."""
