"""New files noticed."""

from prefect import flow
from prefect.events import emit_event

from flows.parameters import CorpusName, HomeFolder, InputPaths
from flows.tagging import tag_with_corpus
from tasks.corpus.task import unread_sources
from tasks.publish import home_folder

EVENT = "minlex.files.arrived"


@flow(name="watch-inbox", flow_run_name="watch for {corpus}", on_running=[tag_with_corpus])
def watch_inbox(paths: InputPaths, corpus: CorpusName, home: HomeFolder = None) -> int:
    """Emit the event minlex.files.arrived when there are files that the corpus does not hold; return how many.

    Args:
        paths: Files and folders to look at, by absolute path or below the project's folder.
        corpus: Corpus the files are for: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
    """
    unread = unread_sources(paths, corpus, home_folder(home))
    if unread:
        resource = {"prefect.resource.id": f"minlex.corpus.{corpus}", "prefect.resource.name": corpus}
        emit_event(event=EVENT, resource=resource, payload={"files": unread[:100], "count": len(unread)})
    return len(unread)
