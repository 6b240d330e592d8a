"""The flows as Prefect deploys them: `flows.deployed.NAME` is the Flow of `flows.NAME.NAME`, imported when asked for.

A worker without the libraries of one flow runs the others.
"""

from importlib import import_module
from typing import Any

FLOWS = (
    "announce_failure",
    "build_lexicon",
    "collect_garbage",
    "forget_batch",
    "generate_text",
    "ingest_corpus",
    "mine_corpus",
    "publish_report",
    "train_crf",
    "train_language_model",
    "train_text_vae",
    "train_topics",
    "watch_inbox",
)


def __getattr__(name: str) -> Any:
    """Return a flow as Prefect's Flow; AttributeError for a name that is none of FLOWS."""
    if name not in FLOWS:
        raise AttributeError(f"flow must be one of {', '.join(FLOWS)}; got {name!r}")
    return getattr(import_module(f"flows.{name}"), name).recorded
