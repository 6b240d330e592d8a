"""Everything from files to report: the flow that is scheduled."""

from flows.build_lexicon import build_lexicon
from flows.ingest_corpus import ingest_corpus
from flows.parameters import DEFAULTS, CorpusName, HomeFolder, InputPaths, Settings, tag_with_corpus
from tasks.corpus.task import unchanged_report
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.store.publish import working_on


@flow(name="mine-corpus", flow_run_name="mine {corpus}", on_running=[tag_with_corpus])
def mine_corpus(
    paths: InputPaths,
    corpus: CorpusName,
    home: HomeFolder = None,
    settings: Settings = DEFAULTS,
) -> str:
    """Mine files into the corpus, publish it when every check has passed, return where the report is.

    Where mining would change nothing, nothing runs and the report is the last one.

    Args:
        paths: Files and folders to read, by absolute path or below the project's folder.
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: Settings of every stage.
    """
    report = unchanged_report(paths, corpus, home, settings)
    if report is not None:
        return report
    with working_on(corpus, home, settings) as run:
        run.set_state(settings=settings.model_dump(mode="json"))
        ingest_corpus(paths, corpus, home, settings, within=run)
        build_lexicon(corpus, home, settings, within=run)
        return write_report(run)
