"""Tables into the page that a person reads."""

from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.store.publish import mined_settings, working_on


@flow(name="publish-report", flow_run_name="report on {corpus}", on_running=[tag_with_corpus])
def publish_report(corpus: CorpusName, home: HomeFolder = None) -> str:
    """Write the report on the corpus as it stands and return where it is.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
    """
    with working_on(corpus, home, mined_settings(corpus, home)) as run:
        return write_report(run)
