"""The rungs of the entropy ladder in order, and what each knows of the text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tasks.store.datasets import Dataset
from tasks.store.runs import Run

Family = Literal["characters", "words", "both", "networks"]

MAX_ORDER = 6
_SEEN_WHOLE = (
    "the words were found in the whole corpus; which of them are used and how often, in the rest alone"
)
_CUT_WHOLE = "the segmenter was trained on the whole corpus, the counts are of the rest alone"


class Knowledge(NamedTuple):
    """What a rung is about, what it knows, and whether its figure is an upper bound."""

    family: Family
    note: str
    bound: bool = False


RUNGS: Mapping[str, Knowledge] = {
    "uniform": Knowledge("characters", "every character seen, and the end, alike"),
    "char_unigram": Knowledge("characters", "each character by its frequency"),
    **{
        f"kn{n}": Knowledge("characters", f"each character after the {n - 1} before it: Kneser-Ney")
        for n in range(2, MAX_ORDER + 1)
    },
    "four_step": Knowledge(
        "words", "words of the four steps, each by itself, likeliest cut: an upper bound", bound=True
    ),
    "lexicon": Knowledge(
        "words",
        f"words of the lexicon, each by itself, likeliest cut: an upper bound; {_SEEN_WHOLE}",
        bound=True,
    ),
    "lexicon_marginal": Knowledge(
        "words", f"words of the lexicon, each by itself, all cuts summed; {_SEEN_WHOLE}"
    ),
    "word_bigram": Knowledge(
        "words",
        f"each word after the word before it, Kneser-Ney, likeliest cut: an upper bound; {_CUT_WHOLE}",
        bound=True,
    ),
    "word_bigram_marginal": Knowledge(
        "words", f"each word after the word before it, Kneser-Ney, all cuts summed; {_CUT_WHOLE}"
    ),
    "word_bigram_kn": Knowledge(
        "both", f"word_bigram_marginal and kn{MAX_ORDER} mixed, character by character; {_CUT_WHOLE}"
    ),
    "gpt2_char": Knowledge("networks", "GPT-2 trained on the corpus, character by character"),
    "gpt2_word": Knowledge(
        "networks",
        "GPT-2 trained on the corpus, word by word, one cut of many: an upper bound",
        bound=True,
    ),
    "text_vae": Knowledge(
        "networks",
        "a VAE of the corpus's sentences, a few draws of each posterior: an upper bound",
        bound=True,
    ),
}
STEPS = {rung: step for step, rung in enumerate(RUNGS)}
CLIMBED = tuple(rung for rung, known in RUNGS.items() if known.family != "networks")


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One model's figure over held-out documents."""

    rung: str
    bits_per_char: float
    chars: int

    @property
    def row(self) -> dict[str, object]:
        """The rung as a row of the table `entropy_ladder`."""
        known = RUNGS[self.rung]
        return {
            "rung": self.rung,
            "step": STEPS[self.rung],
            "bits_per_char": self.bits_per_char,
            "chars": self.chars,
            "bound": known.bound,
            "note": known.note,
        }


def rungs_beside(run: Run, rungs: Collection[str]) -> list[Dataset]:
    """Return the ladder as the run sees it, less the datasets that hold any of `rungs`, or none; mining's first."""
    mined, *measured = run.current()["entropy_ladder"]
    held = {d.key: set(run.store.read(d, ["rung"])["rung"].to_pylist()) for d in measured}
    return [mined, *(d for d in measured if held[d.key] and held[d.key].isdisjoint(rungs))]
