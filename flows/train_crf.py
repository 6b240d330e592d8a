"""Gold words, or how the corpus was cut without them, into a supervised segmenter."""

from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.checks.task import check
from tasks.corpus.batches import current_text
from tasks.crf.scores import SCORES
from tasks.crf.task import evaluate_crf, train_crf_segmenter
from tasks.evaluation.task import score_tokens
from tasks.recording import flow
from tasks.report.task import write_report
from tasks.segment.task import count_words, cut_sentences
from tasks.settings import CrfSettings
from tasks.store.models import TABLES_OF_A_MODEL
from tasks.store.publish import mined_settings, working_on

DEFAULTS = CrfSettings()


@flow(name="train-crf", flow_run_name="crf of {corpus}", on_running=[tag_with_corpus])
def train_crf(
    corpus: CorpusName, home: HomeFolder = None, settings: CrfSettings = DEFAULTS, recut: bool = False
) -> str:
    """Train the CRF segmenter of a corpus, score it, cut the corpus with it if asked to, and report.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: What is learnt from, and how.
        recut: Cut the whole corpus with the trained CRF, so that `tokens` and `words` are its.
    """
    mined = mined_settings(corpus, home)
    with working_on(corpus, home, mined) as run:
        text = current_text(run)
        model = train_crf_segmenter(run, text, settings)
        check(run, TABLES_OF_A_MODEL)
        evaluate_crf(run, model, settings)
        check(run, SCORES)
        if recut:
            run.set_state(made_from=None)
            tokens = cut_sentences(run, text, model)
            check(run, ["tokens"])
            count_words(run, tokens, run.current()["lexicon"][0])
            check(run, ["words"])
            score_tokens(run, mined.evaluation)
        return write_report(run)
