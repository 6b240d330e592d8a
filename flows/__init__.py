"""Prefect flows, one module per deployment, and the `minlex` command."""
