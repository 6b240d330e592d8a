"""Sentences into n-gram statistics, a lexicon, and the corpus cut into words."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.parameters import DEFAULTS, CorpusName, HomeFolder, Settings, WithinRun, tag_with_corpus
from tasks.checks.task import check
from tasks.corpus.batches import current_text
from tasks.corpus.task import draw_sample
from tasks.errors import InputError
from tasks.evaluation.task import climb_ladder, score_tokens
from tasks.lexicon.task import find_words, read_lexicon, read_user_words
from tasks.ngrams.task import check_counts, count_shards, measure_ngrams
from tasks.recording import flow
from tasks.segment.task import count_words, cut_sentences
from tasks.self_training.task import prepare_segmenter
from tasks.settings import IngestSettings, MineSettings, ReportSettings
from tasks.store.homes import store_with
from tasks.store.publish import working_on
from tasks.store.runs import Run


@flow(name="build-lexicon", flow_run_name="lexicon of {corpus}", on_running=[tag_with_corpus])
def build_lexicon(
    corpus: CorpusName,
    home: HomeFolder = None,
    settings: Settings = DEFAULTS,
    within: WithinRun = None,
) -> None:
    """Count the corpus's n-grams, find its words, cut it into them and measure the result.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: Settings of every stage; a run of its own keeps those of ingest and report as the corpus has them.
        within: The run this is part of; leave unset to begin a run of its own.
    """
    with lexicon_run(corpus, home, settings, within) as (run, settings):
        text = current_text(run)
        read_user_words(run, settings)
        shards = count_shards(run, text, settings.ngrams)
        check(run, ["ngram_shards"])
        ngrams = measure_ngrams(run, shards, settings.ngrams)
        check(run, ["ngrams"])
        check_counts(run, ngrams, shards, text, settings.ngrams)
        sample = draw_sample(run, text, settings.lexicon)
        check(run, ["samples"])
        if settings.lexicon.cuts_first:
            segmenter = prepare_segmenter(run, ngrams, sample, settings.lexicon)
            check(run, [segmenter.table])
            tokens = cut_sentences(run, text, segmenter)
            read_lexicon(run, tokens, ngrams, sample, settings.lexicon)
        else:
            lexicon = find_words(run, ngrams, text, sample, settings.lexicon)
            tokens = cut_sentences(run, text, lexicon)
            count_words(run, tokens, lexicon)
        check(run, ["lexicon", "lexicon_decisions", "tokens", "words"])
        climb_ladder(run, text, settings.evaluation)
        check(run, ["entropy_ladder"])
        score_tokens(run, settings.evaluation)


@contextmanager
def lexicon_run(
    corpus: str, home: str | None, settings: MineSettings, within: Run | None
) -> Iterator[tuple[Run, MineSettings]]:
    """Give the run to work in and the settings to work by; InputError when the corpus holds no text.

    A run of its own leaves text and report as they are, and with them the settings that they were made with; it
    publishes the others as those that the corpus was mined with.
    """
    if within is not None:
        yield within, settings
        return
    state = store_with(corpus, home).corpus(corpus).published().state
    if state.ingest is None:
        raise InputError(f"corpus {corpus!r} holds no text yet; mine it first: minlex mine")
    before = {
        "ingest": IngestSettings.model_validate(state.ingest),
        "report": ReportSettings.model_validate((state.settings or {}).get("report", {})),
    }
    chosen = settings.model_copy(update=before)
    with working_on(corpus, home, chosen) as run:
        run.set_state(settings=chosen.model_dump(mode="json"))
        yield run, chosen
