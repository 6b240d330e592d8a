"""Mine files into a corpus: look which files are new, and run what is to be run."""

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minlex.corpus import Corpus
from minlex.settings import mine_settings
from tasks.corpus.readers.formats import supported
from tasks.corpus.sources import Listing, find_files, list_sources
from tasks.errors import InputError
from tasks.progress.task import progress
from tasks.settings import EngineSettings, MineSettings
from tasks.store.datasets import Store
from tasks.store.homes import home_folder
from tasks.store.names import check_corpus_name
from tasks.store.unchanged import is_unchanged

if TYPE_CHECKING:
    from tasks.corpus.batches import Batch

Paths = Iterable[str | Path]


def mine(
    paths: Paths | str | Path,
    name: str,
    *,
    home: str | Path | None = None,
    settings: MineSettings | Mapping[str, Any] | str | Path | None = None,
) -> Corpus:
    """Mine files and folders into the corpus `name` and return it: the stages and the bytes of `minlex mine`.

    `settings` are tables as in a settings file (`{"lexicon": {"method": "merge"}}`), the file itself, or
    MineSettings. Files that the corpus holds already are not read again; with nothing new nothing runs. A bar shows
    the progress on a terminal. InputError for what cannot be read or used, CheckFailedError for data that fails its
    checks.
    """
    mining = Mining([paths] if isinstance(paths, str | Path) else paths, name, home, _settings(settings))
    if not mining.is_unchanged:
        mining.run()
    return Corpus(name, home)


class Mining:
    """One mining of files into a corpus; InputError for what it cannot work with, before anything is written."""

    def __init__(self, paths: Paths, corpus: str, home: str | Path | None, settings: MineSettings) -> None:
        check_corpus_name(corpus)
        self.paths = [str(path) for path in paths]
        self.corpus, self.settings = corpus, settings
        self.home = home_folder(None if home is None else str(home))
        self.files, self.skipped = find_files(self.paths, supported)
        _validate(self.home, settings)

    @cached_property
    def listing(self) -> Listing:
        """The files by content: hashed when first asked for, with a bar."""
        with progress("looking for new files", len(self.files)) as advance:
            return list_sources(self.paths, supported, advance)

    @property
    def new(self) -> int:
        """How many of the files the corpus does not hold yet."""
        held = Store(self.home).corpus(self.corpus).published().state.content_hashes
        return sum(source.content_hash not in held for source in self.listing.sources)

    @property
    def is_first(self) -> bool:
        """Whether there is no corpus of this name yet."""
        return self.corpus not in Store(self.home).corpora()

    @property
    def is_unchanged(self) -> bool:
        """Whether mining would change nothing: the corpus is mined from these files with these settings."""
        hashes = (source.content_hash for source in self.listing.sources)
        return is_unchanged(Store(self.home).corpus(self.corpus), hashes, self.settings)

    @property
    def report(self) -> str:
        """The path of the newest report."""
        return str(Corpus(self.corpus, self.home).report())

    def run(self) -> str:
        """Run the flow and return where its report is."""
        from flows.mine_corpus import mine_corpus

        absolute = [str(Path(path).expanduser().resolve()) for path in self.paths]
        return mine_corpus(absolute, self.corpus, self.home, self.settings)


def chosen_batch(corpus: Corpus, batch_id: str) -> "Batch":
    """Return the batch of a corpus by its id; InputError when there is none or it is all there is."""
    from tasks.corpus.batches import Batch, choose_batch

    batches = [Batch.model_validate(batch.model_dump()) for batch in corpus.state.batches]
    return choose_batch(batches, batch_id)[0]


def check_engine(engine: EngineSettings) -> None:
    """InputError for an engine that cannot be reached from here."""
    if engine.master != EngineSettings().master:
        from tasks.engines.spark import check_engine

        check_engine(engine)


def _settings(given: MineSettings | Mapping[str, Any] | str | Path | None) -> MineSettings:
    if isinstance(given, MineSettings):
        return given
    if isinstance(given, Mapping):
        return mine_settings(None, **given)
    return mine_settings(None if given is None else Path(given))


def _validate(home: str, settings: MineSettings) -> None:
    """InputError for files that settings name and cannot be used, an engine that is not there, a home not writable.

    What a check needs is imported where there is something to check.
    """
    if settings.evaluation.gold is not None:
        from tasks.evaluation.gold import load_gold

        load_gold(settings.evaluation.gold)
    lexicon = settings.lexicon
    if lexicon.force or lexicon.forbid or lexicon.known or lexicon.stop_characters:
        from tasks.lexicon.user_words import load_dictionary

        load_dictionary(lexicon, settings.ingest)
    check_engine(settings.engine)
    _check_writable(Path(home))


def _check_writable(home: Path) -> None:
    nearest = next(path for path in (home, *home.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(f"cannot write below {str(nearest)!r}; give another --home")
