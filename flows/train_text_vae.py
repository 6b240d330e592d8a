"""The sentences of a corpus into a VAE, its bound onto the entropy ladder, and what it writes into a table."""

from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.checks.task import check
from tasks.corpus.batches import current_text
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.settings import TextVaeSettings
from tasks.store.models import TABLES_OF_A_MODEL
from tasks.store.publish import mined_settings, working_on
from tasks.text_vae.task import describe_text_vae, measure_text_vae, train_text_model

DEFAULTS = TextVaeSettings()


@flow(name="train-text-vae", flow_run_name="text VAE of {corpus}", on_running=[tag_with_corpus])
def train_text_vae(corpus: CorpusName, home: HomeFolder = None, settings: TextVaeSettings = DEFAULTS) -> str:
    """Train a VAE of the corpus's sentences, put its bound on the entropy ladder, and report what it writes.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: What the VAE reads, its size, and how it is trained.
    """
    mined = mined_settings(corpus, home)
    with working_on(corpus, home, mined) as run:
        text = current_text(run)
        model = train_text_model(run, text, mined.evaluation, settings)
        check(run, TABLES_OF_A_MODEL)
        measure_text_vae(run, model)
        describe_text_vae(run, text, mined.evaluation, model, settings)
        check(run, ["entropy_ladder", "vae_texts"])
        return write_report(run)
