"""python-crfsuite's averaged perceptron as a segmenter, beside which the CRF is measured."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.gold import Words

PASSES = 10


def features(text: str) -> Iterator[list[str]]:
    """Yield for each character those within two of it, the pairs among them, and the pair around it."""
    padded = f"\0\0{text}\0\0"
    for i in range(2, len(padded) - 2):
        a, b, c, d, e = list(padded[i - 2 : i + 3])
        yield [
            f"a{a}",
            f"b{b}",
            f"c{c}",
            f"d{d}",
            f"e{e}",
            f"p{a}{b}",
            f"q{b}{c}",
            f"r{c}{d}",
            f"s{d}{e}",
            f"t{b}{d}",
        ]


def tags(words: list[str]) -> list[str]:
    """Return the tags b m e s of the characters of words."""
    return [tag for word in words for tag in ("s" if len(word) == 1 else f"b{'m' * (len(word) - 2)}e")]


def perceptron_cuts(train: Words, test: Words) -> tuple[Words, float]:
    """Return the test sentences as cut by a perceptron trained on others, and the seconds of training."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="averaged-perceptron", verbose=False)
    for words in train:
        trainer.append(list(features("".join(words))), tags(words))
    trainer.set_params({"max_iterations": PASSES})
    with TemporaryDirectory() as folder:
        model = str(Path(folder) / "model")
        began = time.perf_counter()
        trainer.train(model)
        seconds = time.perf_counter() - began
        tagger = pycrfsuite.Tagger()
        tagger.open(model)
        return [cut(words, tagger.tag(list(features("".join(words))))) for words in test], seconds


def cut(words: list[str], found: list[str]) -> list[str]:
    """Return the characters of words cut anew before every tag b and s."""
    text = "".join(words)
    begins = [i for i, tag in enumerate(found) if i == 0 or tag in "bs"]
    return [text[i:j] for i, j in zip(begins, [*begins[1:], len(text)], strict=True)]
