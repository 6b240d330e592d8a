"""The entropy ladder: what a character of unseen documents costs, model by model, all under one convention.

Every rung is a distribution over documents as tasks.lm.alphabet has them: the same characters are known, an unknown
one costs the same escape and choice, and the end of each document is paid for. The figure is

    bits per character = -log2 P(held-out documents) / their characters

where ends are no characters. Rungs learn from the training documents alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.lexicon.counts import count_words, string_array
from tasks.lexicon.four_step import build_lexicon
from tasks.lexicon.minlex import refit
from tasks.lexicon.pairs import pair_table
from tasks.lm.alphabet import Alphabet, Symbols
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.word_unigram import WordUnigram
from tasks.segment.classes import RAW, SPACE, Convention, class_table
from tasks.segment.em import build_lattice, expected_counts
from tasks.segment.trie import build_trie
from tasks.settings import LexiconSettings

MAX_ORDER = 6
_LEAST_USES = 2
_UNUSED = 0.5
_SEEN_WHOLE = (
    "the words were found in the whole corpus; which of them are used and how often, in the rest alone"
)

RUNGS = {
    "uniform": "every character seen, and the end, alike",
    "char_unigram": "each character by its frequency",
    "four_step": "words of the four steps, likeliest cut: an upper bound",
    "lexicon": f"words of the lexicon, likeliest cut: an upper bound; {_SEEN_WHOLE}",
    "lexicon_marginal": f"words of the lexicon, all cuts summed; {_SEEN_WHOLE}",
    **{f"kn{n}": f"each character after the {n - 1} before it: Kneser-Ney" for n in range(2, MAX_ORDER + 1)},
    "gpt2_char": "GPT-2 trained on the corpus, character by character",
    "gpt2_word": "GPT-2 trained on the corpus, word by word, one cut of many: an upper bound",
    "text_vae": "a VAE of the corpus's sentences, a few draws of each posterior: an upper bound",
}
STEPS = {rung: step for step, rung in enumerate(RUNGS)}
BOUNDS = frozenset({"four_step", "lexicon", "gpt2_word", "text_vae"})


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One model's figure over held-out documents."""

    rung: str
    bits_per_char: float
    chars: int

    @property
    def row(self) -> dict[str, object]:
        """The rung as a row of the table `entropy_ladder`."""
        return {
            "rung": self.rung,
            "step": STEPS[self.rung],
            "bits_per_char": self.bits_per_char,
            "chars": self.chars,
            "bound": self.rung in BOUNDS,
            "note": RUNGS[self.rung],
        }


def climb(
    training: pa.StringArray,
    held_out: pa.StringArray,
    uses: pl.DataFrame | None,
    convention: Convention,
    *,
    threads: int = 1,
) -> Iterator[Rung]:
    """Yield the rungs that cost seconds, in order, from documents to learn from and documents to measure.

    `uses` are the lexicon's words (word, count) in the training documents as they are cut; without them its rungs are
    left out. ValueError when there is no character to learn from or to measure.
    """
    alphabet = Alphabet.of(training)
    text = alphabet.symbols(held_out)
    if not text.characters:
        raise ValueError("held_out must hold at least one character, got none")

    def rung(name: str, nats: float) -> Rung:
        return Rung(rung=name, bits_per_char=float(nats / np.log(2) / text.characters), chars=text.characters)

    yield rung("uniform", nats_of(alphabet, text, np.full(len(text.symbol) - 1, -np.log(alphabet.unknown))))
    grams = count_grams(alphabet.symbols(training), MAX_ORDER, threads)

    def order(n: int) -> float:
        return nats_of(alphabet, text, KneserNey.of(alphabet, grams, n).log_probabilities(text))

    yield rung("char_unigram", order(1))
    yield rung("four_step", four_step_words(alphabet, training, convention).nats(held_out)[0])
    if uses is not None:
        likeliest, marginal = lexicon_words(alphabet, training, uses).nats(held_out)
        yield rung("lexicon", likeliest)
        yield rung("lexicon_marginal", marginal)
    for n in range(2, MAX_ORDER + 1):
        yield rung(f"kn{n}", order(n))


def nats_of(alphabet: Alphabet, text: Symbols, log_p: np.ndarray) -> float:
    """Return the cost of documents whose symbols have ln p float64[n - 1], escapes included."""
    unknown = text.symbol[1:] == alphabet.unknown
    escapes = int(np.count_nonzero(unknown))
    return float(
        -log_p[~unknown].sum()
        + (len(unknown) - escapes) * alphabet.known_nats
        + escapes * alphabet.unseen_nats
    )


def four_step_words(alphabet: Alphabet, training: pa.StringArray, convention: Convention) -> WordUnigram:
    """Return the words of the four steps, each as probable as it is frequent in the text they cut."""
    settings = LexiconSettings(method="four-step")
    found = build_lexicon(pair_table(training), [training], settings, convention)
    lexicon = count_words(found.lexicon, [training], convention)
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
