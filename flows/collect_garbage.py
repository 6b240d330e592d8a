"""What a corpus no longer needs, removed."""

from typing import Annotated

from pydantic import Field

from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.recording import flow
from tasks.settings import MOST_HOURS
from tasks.store.garbage import Garbage, corpus_to_clean
from tasks.store.task import look_for_garbage, remove_garbage

KeptRuns = Annotated[int, Field(ge=1)]
GraceHours = Annotated[float, Field(ge=0, le=MOST_HOURS, allow_inf_nan=False)]


@flow(name="collect-garbage", flow_run_name="collect garbage of {corpus}", on_running=[tag_with_corpus])
def collect_garbage(
    corpus: CorpusName,
    home: HomeFolder = None,
    keep_runs: KeptRuns = 3,
    hours: GraceHours = 24.0,
    dry_run: bool = False,
) -> list[Garbage]:
    """Remove data of old runs and what runs that were cut off left behind; return what was found.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        keep_runs: Newest published runs whose data stays, to compare them.
        hours: What was published or written in the last so many hours stays, for readers and for resuming.
        dry_run: Only say what would be removed.
    """
    held = corpus_to_clean(corpus, home)
    folder = str(held.store.home)
    with held.locked():
        found = look_for_garbage(folder, corpus, keep_runs, hours)
        if not dry_run:
            remove_garbage(folder, corpus, found)
            held.clear_staging()
    return found
