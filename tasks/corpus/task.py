"""Ingestion: files into a batch, batches into a corpus."""

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from tasks.checks.gate import import_in_background
from tasks.corpus.batches import TEXT_TABLES, Batch, Text, choose_batch, known_batches, sentence_batches
from tasks.corpus.duplicates import find_duplicates
from tasks.corpus.readers.formats import supported
from tasks.corpus.sampling import draw_sentences
from tasks.corpus.shard import SHARD_TABLES, ShardJob, SourceCount, ingest_shard
from tasks.corpus.sources import Listing, Source, batch_id, list_sources, shard_sources
from tasks.engines.processes import map_shards
from tasks.errors import InputError, NoInputError
from tasks.progress.task import following, name_flow_runs
from tasks.recording import task
from tasks.settings import IngestSettings, LexiconSettings, MineSettings
from tasks.store.datasets import Dataset, Store
from tasks.store.homes import home_folder
from tasks.store.parts import TableWriter
from tasks.store.publish import withdraw
from tasks.store.runs import Run, Stage, make
from tasks.store.unchanged import is_unchanged
from tasks.tables import TABLES

INGEST = Stage(name="ingest_corpus", version=1, tables=("sources", *SHARD_TABLES), replaces=False)
DEDUPLICATE = Stage(name="find_duplicates", version=2, tables=("duplicates",), replaces=False)

logger = logging.getLogger(__name__)


@task(task_run_name="list {paths}")
def find_sources(paths: Sequence[str]) -> Listing:
    """Find, name and hash the files to read."""
    listing = list_sources(paths, supported)
    for skipped in listing.skipped:
        logger.info("not read: %s", skipped)
    return listing


@task()
def unread_sources(paths: Sequence[str], corpus: str, home: str) -> list[str]:
    """Return the names of the files that the corpus does not hold."""
    try:
        listing = list_sources(paths, supported)
    except NoInputError:
        return []
    held = Store(home).corpus(corpus).published().state.content_hashes
    return [source.name for source in listing.sources if source.content_hash not in held]


@task()
def unchanged_report(
    paths: Sequence[str], corpus: str, home: str | None, settings: MineSettings
) -> str | None:
    """Return where the report is of a corpus that mining would not change; None for any other."""
    held = Store(home_folder(home)).corpus(corpus)
    listing = list_sources(paths, supported)
    if not is_unchanged(held, (source.content_hash for source in listing.sources), settings):
        return None
    logger.info("nothing new: corpus %s holds every file given, mined with the same settings", corpus)
    name_flow_runs("nothing new")
    return str(held.store.home / str(held.published().state.report))


@task()
def open_batches(run: Run, listing: Listing, settings: IngestSettings) -> list[Batch]:
    """Return the batches that stay: whole, and read with these settings; the others are read again."""
    kept: list[Batch] = []
    again: list[Batch] = []
    for batch in known_batches(run):
        same = run.state().ingest == _identity(settings)
        (kept if same and _is_whole(run, batch) else again).append(batch)
    given = {source.content_hash for source in listing.sources}
    missing = [batch.batch_id for batch in again if not set(batch.content_hashes) <= given]
    if missing:
        raise InputError(
            f"corpus {run.corpus!r} was read with other ingest settings or is damaged, and not all files of "
            f"batch {missing[0]} were given; give them, or name another corpus"
        )
    return kept


@task()
def ingest_batch(
    run: Run, listing: Listing, known: Sequence[Batch], settings: IngestSettings
) -> Batch | None:
    """Read the files that no known batch holds into a new batch; None when there are none."""
    held = {content_hash for batch in known for content_hash in batch.content_hashes}
    sources = [source for source in listing.sources if source.content_hash not in held]
    run.measure("ingest_corpus", "files_given", len(listing.sources), "files")
    run.measure("ingest_corpus", "files_new", len(sources), "files")
    run.measure("ingest_corpus", "files_skipped", len(listing.skipped), "files")
    if not sources:
        logger.info("every file given is in corpus %s already", run.corpus)
        name_flow_runs("no new files")
        return None
    name = batch_id(sources)
    name_flow_runs(f"batch {name}")
    import_in_background()

    def build(write: TableWriter) -> None:
        counts = _read_shards(run, name, sources, write, settings)
        write("sources", _source_rows(name, sources, counts))

    files = [f"{source.name}:{source.content_hash}" for source in sources]
    made = make(run, INGEST, [], _identity(settings), build, files=files)
    duplicates = _duplicates(run, [(name, made["documents"])], settings, within=True)
    return Batch(
        batch_id=name,
        content_hashes=tuple(sorted({source.content_hash for source in sources})),
        duplicates=duplicates,
        **made,
    )


@task()
def join_batches(run: Run, batches: Sequence[Batch], settings: IngestSettings) -> Text:
    """Make `batches` the corpus that the run sees, and find the texts that two of them share.

    A batch may have no text, its files all rejects; InputError when no batch has any.
    """
    if not any(batch.documents.rows for batch in batches):
        raise InputError(f"corpus {run.corpus!r} would hold no text; {_first_reject(run, batches)}")
    overlap = _duplicates(run, [(b.batch_id, b.documents) for b in batches], settings, within=False)
    text = Text(batches=tuple(batches), overlap=overlap)
    for table in TEXT_TABLES:
        run.set_current(table, text.datasets(table))
    run.set_state(
        batches=[batch.model_dump(mode="json") for batch in batches],
        overlap=overlap.model_dump(mode="json"),
        ingest=_identity(settings),
    )
    rows = {table: sum(d.rows for d in text.datasets(table)) for table in TEXT_TABLES}
    run.measure("ingest_corpus", "documents", rows["documents"] - rows["duplicates"], "documents")
    run.measure("ingest_corpus", "duplicates", rows["duplicates"], "documents")
    run.measure("ingest_corpus", "rejects", rows["rejects"], "rejects")
    return text


@task()
def drop_batch(run: Run, batch_id: str) -> tuple[Batch, list[Batch]]:
    """Return the batch called `batch_id` and the others; InputError when either is missing."""
    return choose_batch(known_batches(run), batch_id)


@task()
def withdraw_batch(run: Run, batch: Batch) -> None:
    """Have what the files of a batch became deleted, its n-gram shards included, when the run is published."""
    shards = run.data.made_from("ngram_shards", batch.sentences)
    withdraw(run, [*batch.datasets, *shards])


def _first_reject(run: Run, batches: Sequence[Batch]) -> str:
    for batch in batches:
        for row in run.store.read(batch.rejects, ["source", "reason", "detail"]).slice(0, 1).to_pylist():
            return f"the first reject is {row['source']}: {row['reason']}: {row['detail']}"
    return "its files hold no document"


def _identity(settings: IngestSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json")


def _is_whole(run: Run, batch: Batch) -> bool:
    return all(run.data.find(table, getattr(batch, table).key) is not None for table in TEXT_TABLES)


def _read_shards(
    run: Run, name: str, sources: Sequence[Source], write: TableWriter, settings: IngestSettings
) -> list[SourceCount]:
    to_read = [source for source in sources if source.duplicate_of is None]
    scratch = str(run.data.scratch())
    jobs = [
        ShardJob(number, name, tuple(shard), write, scratch, settings)
        for number, shard in enumerate(shard_sources(to_read, settings.shard_bytes))
    ]
    results = following(
        map_shards(ingest_shard, jobs, run.engine),
        "reading files",
        sum(source.bytes for source in to_read),
        lambda counts: sum(count.source.bytes for count in counts),
    )
    return [count for counts in results for count in counts]


def _source_rows(name: str, sources: Sequence[Source], counts: Sequence[SourceCount]) -> list[dict[str, Any]]:
    read = {count.source.name: count for count in counts}
    return [
        {
            "batch_id": name,
            "source": source.name,
            "content_hash": source.content_hash,
            "bytes": source.bytes,
            "documents": read[source.name].documents if source.name in read else 0,
            "rejects": read[source.name].rejects if source.name in read else 0,
            "duplicate_of": source.duplicate_of,
        }
        for source in sources
    ]


def _duplicates(
    run: Run, documents: Sequence[tuple[str, Dataset]], settings: IngestSettings, *, within: bool
) -> Dataset:
    def build(write: TableWriter) -> None:
        found: Iterable[pa.RecordBatch] = ()
        if settings.deduplicate and (within or len(documents) > 1):
            parts = [(name, run.store.parts(dataset)) for name, dataset in documents]
            found = find_duplicates(parts, within, run.engine, run.data.scratch())
        write("duplicates", found)

    inputs = [dataset for _, dataset in documents]
    chosen = {"deduplicate": settings.deduplicate, "within": within}
    return make(run, DEDUPLICATE, inputs, chosen, build)["duplicates"]


SAMPLE = Stage(name="draw_sample", version=1, tables=("samples",))


@task()
def draw_sample(run: Run, text: Text, settings: LexiconSettings) -> Dataset:
    """Draw the sentences that stand for the corpus where reading all of it would take too long."""

    def build(write: TableWriter) -> None:
        write("samples", sample_text(run, text, settings.train_chars, settings.seed))

    chosen = {"seed": settings.seed, "train_chars": settings.train_chars}
    return make(run, SAMPLE, text.inputs, chosen, build)["samples"]


def sample_text(run: Run, text: Text, chars: int, seed: int) -> pa.Table:
    """Return a seeded sample of about `chars` characters of the corpus: doc_id, sentence_no, text, in order."""
    read = partial(sentence_batches, run.store, text.datasets("sentences"), text.datasets("duplicates"))
    return draw_sentences(read, TABLES["samples"].schema, chars, seed)
