"""Sentences into n-gram statistics, a lexicon, and the corpus cut into words."""

from prefect import flow

from flows.parameters import DEFAULTS, CorpusName, HomeFolder, Settings, WithinRun
from flows.tagging import tag_with_corpus
from tasks.checks.task import check
from tasks.corpus.batches import current_text
from tasks.evaluation.task import climb_ladder, score_tokens
from tasks.lexicon.task import draw_sample, find_words, prepare_segmenter, read_lexicon, read_user_words
from tasks.ngrams.task import check_counts, count_shards, measure_ngrams
from tasks.publish import working_on
from tasks.segment.task import count_words, cut_sentences


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
        settings: Settings of every stage.
        within: The run this is part of; leave unset to begin a run of its own.
    """
    with working_on(corpus, home, settings, within) as run:
        text = current_text(run)
        read_user_words(run, settings.lexicon, settings.ingest)
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
            read_lexicon(run, tokens, ngrams, sample)
        else:
            lexicon = find_words(run, ngrams, text, sample, settings.lexicon)
            tokens = cut_sentences(run, text, lexicon)
            count_words(run, tokens, lexicon)
        check(run, ["lexicon", "lexicon_decisions", "tokens", "words"])
        climb_ladder(run, text, settings.evaluation)
        check(run, ["entropy_ladder"])
        score_tokens(run, settings.evaluation)
