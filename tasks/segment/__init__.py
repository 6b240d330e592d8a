"""The corpus cut into tokens by one of its segmenters."""
