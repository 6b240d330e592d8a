"""The entropy ladder: what a character of unseen documents costs, model by model, all under one convention.

Every rung is a distribution over documents as tasks.lm.alphabet has them: the same characters are known, an unknown
one costs the same escape and choice, and the end of each document is paid for. The figure is

    bits per character = -log2 P(held-out documents) / their characters

where ends are no characters. Rungs learn from the training documents alone.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.evaluation.word_unigram import WordUnigram
from tasks.lexicon.counts import count_words
from tasks.lexicon.four_step import build_lexicon
from tasks.lexicon.pairs import pair_table
from tasks.lm.alphabet import Alphabet, nats_of
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.mixture import fit_weight, mix
from tasks.lm.rungs import MAX_ORDER, Rung
from tasks.lm.tokens import Cut, uses_of
from tasks.lm.word_bigram import WordBigram
from tasks.settings import LexiconSettings
from tasks.text.characters import StringColumn, string_array
from tasks.text.token_rules import RAW, SPACE, TokenRules, class_table
from tasks.text.trie import build_trie
from tasks.unigram.em import expected_counts, refit
from tasks.unigram.lattice import build_lattice

_LEAST_USES = 2
_UNUSED = 0.5
_FITTED_ON = 20


def climb(
    training: pa.StringArray,
    held_out: pa.StringArray,
    words: StringColumn,
    token_rules: TokenRules,
    *,
    threads: int = 1,
) -> Iterator[Rung]:
    """Yield the rungs that cost seconds, in order, from documents to learn from and documents to measure.

    `words` are all words of the training documents, in order, as the corpus is cut; when there are none, the rungs
    that take them are left out. ValueError when there is no character to learn from or to measure.
    """
    alphabet = Alphabet.of(training)
    text = alphabet.symbols(held_out)
    if not text.characters:
        raise ValueError("held_out must hold at least one character, got none")

    def rung(name: str, nats: float) -> Rung:
        return Rung(rung=name, bits_per_char=float(nats / np.log(2) / text.characters), chars=text.characters)

    yield rung("uniform", nats_of(alphabet, text, np.full(len(text.symbol) - 1, -np.log(alphabet.unknown))))
    grams = count_grams(alphabet.symbols(training), MAX_ORDER, threads)
    for n in range(1, MAX_ORDER + 1):
        of_characters = KneserNey.of(alphabet, grams, n).log_probabilities(text)
        yield rung(f"kn{n}" if n > 1 else "char_unigram", nats_of(alphabet, text, of_characters))
    del grams
    yield rung("four_step", four_step_words(alphabet, training, token_rules).nats(held_out)[0])
    if not len(words):
        return
    likeliest, marginal = lexicon_words(alphabet, training, uses_of(words)).nats(held_out)
    yield rung("lexicon", likeliest)
    yield rung("lexicon_marginal", marginal)
    cut = Cut.of(training, words)
    bigram = WordBigram.of(alphabet, cut)
    yield rung("word_bigram", nats_of(alphabet, text, bigram.likeliest(text)))
    of_words = bigram.log_probabilities(text)
    yield rung("word_bigram_marginal", nats_of(alphabet, text, of_words))
    weight = weight_of_words(alphabet, training, cut, threads)
    yield rung("word_bigram_kn", nats_of(alphabet, text, mix(of_words, of_characters, weight)))


def weight_of_words(alphabet: Alphabet, training: pa.StringArray, cut: Cut, threads: int = 1) -> float:
    """Return the weight of the word bigram beside the n-grams, fitted on every 20th document, which neither learns.

    It is a half when the other documents hold no words.
    """
    chosen = np.arange(len(training)) % _FITTED_ON == 0
    learnt = cut.of_documents(~chosen)
    text = alphabet.symbols(training.filter(pa.array(chosen)))
    known = text.symbol[1:] != alphabet.unknown
    if not learnt.has_words or not known.any():
        return 0.5
    grams = count_grams(alphabet.symbols(training.filter(pa.array(~chosen))), MAX_ORDER, threads)
    of_characters = KneserNey.of(alphabet, grams, MAX_ORDER).log_probabilities(text)
    of_words = WordBigram.of(alphabet, learnt).log_probabilities(text)
    return fit_weight(of_words[known], of_characters[known])


def four_step_words(alphabet: Alphabet, training: pa.StringArray, token_rules: TokenRules) -> WordUnigram:
    """Return the words of the four steps, each as probable as it is frequent in the text they cut."""
    settings = LexiconSettings(method="four-step")
    found = build_lexicon(pair_table(training), [training], settings, token_rules)
    lexicon = count_words(found.lexicon, [training], token_rules)
    tokens = float(lexicon["count"].sum())
    words = string_array(lexicon["word"])
    return WordUnigram.of(alphabet, words, lexicon["probability"].to_numpy(), tokens, training)


def lexicon_words(alphabet: Alphabet, training: pa.StringArray, uses: pl.DataFrame) -> WordUnigram:
    """Return words used twice and more, and every character, with probabilities fitted by EM."""
    visible = alphabet.codes[class_table()[alphabet.codes] != SPACE]
    characters = pl.DataFrame({"word": [chr(code) for code in visible.tolist()]}, schema={"word": pl.String})
    longer = uses.filter((pl.col("word").str.len_chars() > 1) & (pl.col("count") >= _LEAST_USES))
    words = pl.concat(
        [characters.join(uses, on="word", how="left"), longer.select("word", "count")], how="vertical_relaxed"
    ).sort("word")
    start = words["count"].fill_null(0).cast(pl.Float64).clip(lower_bound=_UNUSED).to_numpy()
    column = string_array(words["word"])
    lattice = build_lattice(training, build_trie(column), RAW)
    p = refit(partial(expected_counts, lattice), start / start.sum())
    tokens = float(expected_counts(lattice, p)[0].sum())
    return WordUnigram.of(alphabet, column, p, tokens, training)
