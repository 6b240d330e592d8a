"""Documents into language models, and what they say of the held-out ones into the entropy ladder."""

from flows.parameters import CorpusName, HomeFolder, WithinRun, tag_with_corpus
from tasks.checks.task import check
from tasks.corpus.batches import current_text
from tasks.lm.task import measure_networks, train_networks, train_ngram_model
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.settings import LanguageModelSettings
from tasks.store.publish import mined_settings, working_on

DEFAULTS = LanguageModelSettings()


@flow(name="train-language-model", flow_run_name="language model of {corpus}", on_running=[tag_with_corpus])
def train_language_model(
    corpus: CorpusName,
    home: HomeFolder = None,
    settings: LanguageModelSettings = DEFAULTS,
    within: WithinRun = None,
) -> str:
    """Train the n-gram model and GPT-2 on the corpus, put them on its entropy ladder, return where the report is.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: Sizes and training of the models.
        within: The run this is part of; leave unset to begin a run of its own.
    """
    mined = mined_settings(corpus, home)
    with working_on(corpus, home, mined, within) as run:
        text = current_text(run)
        train_ngram_model(run, text, mined.evaluation, settings)
        networks = train_networks(run, text, mined.evaluation, settings)
        check(run, ["models", "training_curves"])
        measure_networks(run, text, mined.evaluation, networks)
        check(run, ["entropy_ladder"])
        return write_report(run)
