"""The trained CRF as a segmenter of any text: arrays and settings in, cut sentences out."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from tasks.crf.examples import Examples
from tasks.crf.features import Features, Vocabulary
from tasks.crf.tagger import Tagger, begin_probabilities, cut
from tasks.errors import InputError
from tasks.ngrams.spans import Pieces, pieces_of
from tasks.text.characters import Characters, StringColumn, decode
from tasks.text.segmentation import Segmentation
from tasks.training.arrays import load_module, module_arrays

_VOCABULARY = tuple(field.name for field in fields(Vocabulary))


class CrfSegmenter:
    """Segments text by the best path of a tagger."""

    def __init__(self, tagger: Tagger, vocabulary: Vocabulary) -> None:
        # The last bits of a product depend on its threads; who cuts much calls from several threads at once.
        torch.set_num_threads(1)
        self._tagger = tagger.eval()
        self._features = Features(vocabulary)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> "CrfSegmenter":
        """Make the segmenter of the arrays of `to_arrays` and its settings `encoder`, `output` and `members`.

        InputError for arrays that an older version made, of a vocabulary without vectors.
        """
        if any(f"vocabulary/{name}" not in arrays for name in _VOCABULARY):
            raise InputError("this CRF was trained by an older version; train it again: minlex train crf")
        vocabulary = Vocabulary.from_arrays({name: arrays[f"vocabulary/{name}"] for name in _VOCABULARY})
        weights = {
            name.removeprefix("tagger/"): a for name, a in arrays.items() if name.startswith("tagger/")
        }
        counts = Features(vocabulary).sizes
        tagger = Tagger(config["encoder"], config["output"], counts, config["members"], vocabulary.vectors)
        load_module(tagger, weights)
        return cls(tagger, vocabulary)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that make the segmenter again."""
        vocabulary = self._features.vocabulary.to_arrays()
        weights = module_arrays(self._tagger)
        return {f"vocabulary/{name}": array for name, array in vocabulary.items()} | {
            f"tagger/{name}": array for name, array in weights.items()
        }

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column; ValueError for a null, TypeError for no strings."""
        return Segmentation.by_beginnings(texts, self._beginnings)

    def boundary_probabilities(self, texts: StringColumn) -> tuple[np.ndarray, np.ndarray]:
        """Return float32[n], the probability that a word begins there, and int64[sentences + 1] offsets.

        Sums over all cuts that the chain allows; a piece's first character has 1, white space 0.
        """
        text = decode(texts)
        probability = np.zeros(len(text.codes), np.float32)
        pieces, examples = self._examples(text)
        probability[pieces.source] = begin_probabilities(self._tagger, examples)
        return probability, text.offsets

    def _beginnings(self, text: Characters) -> tuple[np.ndarray, np.ndarray]:
        begins, visible = (np.zeros(len(text.codes), np.bool_) for _ in range(2))
        pieces, examples = self._examples(text)
        visible[pieces.source] = True
        begins[pieces.source] = cut(self._tagger, examples)
        return begins, visible

    def _examples(self, text: Characters) -> tuple[Pieces, Examples]:
        pieces = pieces_of(text)
        unknown = np.zeros(len(pieces.codes), np.uint8)
        return pieces, Examples(self._features.of(pieces), unknown, pieces.offsets)

    def split(self, text: str) -> list[str]:
        """Return the words of one text."""
        return self.segment(pa.array([text], pa.string())).words()
