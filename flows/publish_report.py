"""Tables into the page that a person reads."""

from prefect import flow

from flows.parameters import CorpusName, HomeFolder, WithinRun
from tasks.publish import working_on
from tasks.report.task import write_report
from tasks.settings import MineSettings


@flow(name="publish-report", flow_run_name="report on {corpus}")
def publish_report(corpus: CorpusName, home: HomeFolder = None, within: WithinRun = None) -> str:
    """Write the report on the corpus as it stands and return where it is."""
    with working_on(corpus, home, MineSettings(), within) as run:
        return write_report(run)
