"""Decide whether mining would change a corpus.

It would not if the corpus holds every file given, was last mined with the same settings, the same contents of the
files they name and the same code, its last run ended, and everything published is undamaged.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tasks.errors import InputError
from tasks.settings import MineSettings
from tasks.store.datasets import Corpus
from tasks.store.files import content_key
from tasks.store.models import has_models
from tasks.store.state import CorpusState, Published


def made_from(settings: MineSettings, state: CorpusState) -> str:
    """Return the key of what a lexicon is made from: settings, contents of the files they name, batches and code.

    InputError for a file that cannot be read.
    """
    lexicon = settings.lexicon
    named = (lexicon.force, lexicon.forbid, lexicon.known, settings.evaluation.gold)
    contents = [_content(path) for path in named if isinstance(path, str)]
    batches = sorted(batch.batch_id for batch in state.batches)
    return content_key(settings.model_dump(mode="json", exclude={"engine"}), contents, batches, _code())


def is_unchanged(corpus: Corpus, content_hashes: Iterable[str], settings: MineSettings) -> bool:
    """Return whether mining files with these hashes would change nothing; InputError as `made_from`."""
    published = corpus.published()
    state = published.state
    return (
        bool(published.tables)
        and set(content_hashes) <= state.content_hashes
        and state.made_from == made_from(settings, state)
        and bool(state.report)
        and (corpus.store.home / str(state.report)).is_file()
        and _is_settled(corpus, published)
        and _is_whole(corpus, published)
    )


def _is_settled(corpus: Corpus, published: Published) -> bool:
    """Return whether every run has ended and left nothing to tidy up."""
    catalog = corpus.store.catalog
    return (
        not corpus.journal.unfinished(published.tables.get("runs", []))
        and not (corpus.folder / ".staging").exists()
        and not published.state.withdrawn
        and catalog.is_file()
        and catalog.stat().st_mtime_ns >= (corpus.folder / "corpus.json").stat().st_mtime_ns
    )


def _is_whole(corpus: Corpus, published: Published) -> bool:
    found = (corpus.find(table, key) for table, keys in published.tables.items() for key in keys)
    return all(dataset is not None and has_models(corpus, dataset) for dataset in found)


def _content(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).expanduser().read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path!r}: {getattr(error, 'strerror', None) or error}") from None


@cache
def _code() -> str:
    """Return the hash of the files of the package `tasks`; what other code made is checked again."""
    folder = Path(__file__).parents[1]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
