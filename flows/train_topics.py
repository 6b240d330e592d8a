"""The words of documents into topics, and documents onto a map."""

from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.checks.task import check
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.settings import TopicSettings
from tasks.store.models import TABLES_OF_A_MODEL
from tasks.store.publish import mined_settings, working_on
from tasks.topics.task import TOPIC_TABLES, describe_topics, train_topic_model

DEFAULTS = TopicSettings()


@flow(name="train-topics", flow_run_name="topics of {corpus}", on_running=[tag_with_corpus])
def train_topics(corpus: CorpusName, home: HomeFolder = None, settings: TopicSettings = DEFAULTS) -> str:
    """Learn the topics of a corpus, find them in its documents, and report.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: Which words are looked at, and how topics are learned.
    """
    with working_on(corpus, home, mined_settings(corpus, home)) as run:
        model = train_topic_model(run, settings)
        check(run, TABLES_OF_A_MODEL)
        describe_topics(run, model, settings)
        check(run, TOPIC_TABLES)
        return write_report(run)
