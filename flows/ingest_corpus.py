"""Files into documents and sentences."""

from flows.parameters import (
    DEFAULTS,
    CorpusName,
    HomeFolder,
    InputPaths,
    Settings,
    WithinRun,
    tag_with_corpus,
)
from tasks.checks.task import check
from tasks.corpus.batches import TEXT_TABLES, Text
from tasks.corpus.task import find_sources, ingest_batch, join_batches, open_batches
from tasks.recording import flow
from tasks.store.publish import working_on


@flow(name="ingest-corpus", flow_run_name="ingest {corpus}", on_running=[tag_with_corpus])
def ingest_corpus(
    paths: InputPaths,
    corpus: CorpusName,
    home: HomeFolder = None,
    settings: Settings = DEFAULTS,
    within: WithinRun = None,
) -> Text:
    """Read the files that the corpus does not hold yet and check what came of them.

    Args:
        paths: Files and folders to read, by absolute path or below the project's folder.
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: Settings of every stage.
        within: The run this is part of; leave unset to begin a run of its own.
    """
    with working_on(corpus, home, settings, within) as run:
        listing = find_sources(paths)
        batches = open_batches(run, listing, settings.ingest)
        batch = ingest_batch(run, listing, batches, settings.ingest)
        text = join_batches(run, batches if batch is None else [*batches, batch], settings.ingest)
        check(run, TEXT_TABLES, new=None if batch is None else batch.datasets)
        return text
