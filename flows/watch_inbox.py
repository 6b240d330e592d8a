"""New files noticed."""

import logging

from flows.parameters import CorpusName, HomeFolder, InputPaths, tag_with_corpus
from tasks.corpus.task import unread_sources
from tasks.errors import InputError
from tasks.recording import flow
from tasks.store.datasets import Store
from tasks.store.homes import home_folder

EVENT = "minlex.files.arrived"

logger = logging.getLogger(__name__)


@flow(name="watch-inbox", flow_run_name="watch for {corpus}", on_running=[tag_with_corpus])
def watch_inbox(paths: InputPaths, corpus: CorpusName, home: HomeFolder = None) -> int:
    """Emit the event minlex.files.arrived when there are files that the corpus does not hold; return how many.

    While a run holds the corpus nothing is emitted: each event starts a run, and they would queue behind it.

    Args:
        paths: Files and folders to look at, by absolute path or below the project's folder.
        corpus: Corpus the files are for: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
    """
    folder = home_folder(home)
    unread = unread_sources(paths, corpus, folder)
    if unread and _is_held(Store(folder), corpus):
        logger.info("corpus %s is held by a run; the next check announces %d new files", corpus, len(unread))
    elif unread:
        from prefect.events import emit_event

        resource = {"prefect.resource.id": f"minlex.corpus.{corpus}", "prefect.resource.name": corpus}
        emit_event(event=EVENT, resource=resource, payload={"files": unread[:100], "count": len(unread)})
    return len(unread)


def _is_held(store: Store, corpus: str) -> bool:
    if not store.corpus(corpus).folder.exists():
        return False
    try:
        with store.corpus(corpus).locked():
            return False
    except InputError:
        return True
