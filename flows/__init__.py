"""Prefect flows, one module per deployment, and the `minlex` command."""

import logging

# Prefect sends records of these loggers to its UI, at the level they have themselves.
for _name in ("tasks", "flows"):
    logging.getLogger(_name).setLevel(logging.INFO)
