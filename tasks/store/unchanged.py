"""Whether mining would make anything that a corpus does not hold already.

It would not where the corpus holds every file given, was mined last with the same settings, the same files that they
name and the same code, its last run ended, and everything that was published is whole.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tasks.errors import InputError
from tasks.settings import MineSettings
from tasks.store.datasets import Store, content_key

MADE_FROM = "made_from"


def made_from(settings: MineSettings, state: Mapping[str, Any]) -> str:
    """Return the key of what a lexicon is made from: settings, the files that they name, batches in `state`, code.

    InputError for a file that cannot be read.
    """
    lexicon = settings.lexicon
    named = (lexicon.force, lexicon.forbid, lexicon.known, settings.evaluation.gold)
    contents = [_content(path) for path in named if isinstance(path, str)]
    batches = sorted(batch["batch_id"] for batch in state.get("batches", []))
    return content_key(settings.model_dump(mode="json", exclude={"engine"}), contents, batches, _code())


def is_unchanged(store: Store, corpus: str, content_hashes: Iterable[str], settings: MineSettings) -> bool:
    """Return whether mining files with these hashes would change nothing; InputError as `made_from`."""
    if corpus not in store.corpora():
        return False
    state = store.published(corpus)["state"]
    return (
        set(content_hashes) <= held_hashes(store, corpus)
        and state.get(MADE_FROM) == made_from(settings, state)
        and bool(state.get("report"))
        and (store.home / state["report"]).is_file()
        and _is_settled(store, corpus)
        and _is_whole(store, corpus)
    )


def held_hashes(store: Store, corpus: str) -> set[str]:
    """Return the hashes of the files that a corpus holds."""
    batches = store.published(corpus)["state"].get("batches", [])
    return {content_hash for batch in batches for content_hash in batch["content_hashes"]}


def _is_settled(store: Store, corpus: str) -> bool:
    """Return whether every run ended and nothing of one is left to be tidied up."""
    published = store.lake(corpus) / "corpus.json"
    return (
        not store.open_journals(corpus)
        and not (store.lake(corpus) / ".staging").exists()
        and not store.published(corpus)["state"].get("withdrawn")
        and store.catalog.is_file()
        and store.catalog.stat().st_mtime_ns >= published.stat().st_mtime_ns
    )


def _is_whole(store: Store, corpus: str) -> bool:
    for table, keys in store.published(corpus)["tables"].items():
        for key in keys:
            dataset = store.find(corpus, table, key)
            if dataset is None or (table == "models" and not store.holds_models(dataset)):
                return False
    return True


def _content(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).expanduser().read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path!r}: {getattr(error, 'strerror', None) or error}") from None


@cache
def _code() -> str:
    """Return the hash of the package's files: what older code made is looked at again."""
    folder = Path(__file__).parents[1]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
