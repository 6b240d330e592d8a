"""One batch withdrawn from a corpus, as if its files had never come."""

from typing import Annotated

from pydantic import Field

from flows.build_lexicon import build_lexicon
from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.checks.task import check
from tasks.corpus.batches import TEXT_TABLES
from tasks.corpus.task import drop_batch, join_batches, withdraw_batch
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.settings import EngineSettings
from tasks.store.publish import mined_settings, working_on

BatchName = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


@flow(name="forget-batch", flow_run_name="forget {batch_id} of {corpus}", on_running=[tag_with_corpus])
def forget_batch(
    batch_id: BatchName, corpus: CorpusName, home: HomeFolder = None, engine: EngineSettings | None = None
) -> str:
    """Withdraw the batch, mine what is left with the same settings, delete the batch's text and counts.

    Args:
        batch_id: Batch to withdraw, as in documents.batch_id.
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        engine: Where the work runs; unset: where the corpus was mined last.
    """
    settings = mined_settings(corpus, home)
    if engine is not None:
        settings = settings.model_copy(update={"engine": engine})
    with working_on(corpus, home, settings) as run:
        batch, others = drop_batch(run, batch_id)
        join_batches(run, others, settings.ingest)
        check(run, TEXT_TABLES)
        build_lexicon(corpus, home, settings, within=run)
        withdraw_batch(run, batch)
        return write_report(run)
