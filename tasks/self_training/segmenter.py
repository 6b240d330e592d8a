"""The trained segmenter: the probability that a word begins at each character of any text, seen or not.

    P(begin) = (P_teacher + P_student) / 2

P_teacher is the posterior of the word bigram over all segmentations of the run (see gibbs), P_student the
network trained on the teacher's labels (see student). Places where pieces are joined (see completion) get half of that,
so that no word begins there. A model is a dictionary of numpy arrays and nothing else, so that safetensors can hold it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from tasks.ngrams.gram_keys import GramVectors
from tasks.ngrams.spans import fold
from tasks.self_training.bigram import bigram_of_pairs
from tasks.self_training.completion import Completer, Joins
from tasks.self_training.features import GapEncoder, GramStatistics, Scale
from tasks.self_training.gibbs import begin_probabilities
from tasks.self_training.student import HIDDEN, MultipliedStudent, Student, sigmoid
from tasks.store.datasets import Dataset, Store
from tasks.store.models import load_trained
from tasks.text.characters import Characters, StringColumn, blocks, decode, strings
from tasks.text.grams import MinedRuns, find_grams, mined_runs
from tasks.text.segmentation import Segmentation
from tasks.text.token_rules import BLANK, MINED, MINED_START, RULE_START, TokenRules, runs
from tasks.text.trie import build_trie
from tasks.text.user_dictionary import NOTHING, UserDictionary

BOUNDARY = 0.5
_RULES = tuple(field.name for field in fields(TokenRules))


@dataclass(frozen=True, kw_only=True)
class ModelArrays:
    """What a model remembers; words and grams are code points, flat, with offsets [n + 1].

    scale int64[3] and convention int64[3] hold the fields of `Scale` and `TokenRules`; pairs int64[pairs, 3]
    are (u, w, count), `words` + 1 being the edge of a run; the rest is as in Bigram, GramStatistics, Student.
    """

    scale: np.ndarray
    convention: np.ndarray
    alphabet: np.ndarray
    word_codes: np.ndarray
    word_offsets: np.ndarray
    pairs: np.ndarray
    spelling: np.ndarray
    lengths: np.ndarray
    discounts: np.ndarray
    gram_codes: np.ndarray
    gram_offsets: np.ndarray
    gram_count: np.ndarray
    gram_left: np.ndarray
    gram_right: np.ndarray
    variation: np.ndarray
    total: np.ndarray
    join_codes: np.ndarray
    join_offsets: np.ndarray
    joins: np.ndarray
    vector_keys: np.ndarray
    vectors: np.ndarray
    embedding: np.ndarray
    input: np.ndarray
    gram_input: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


# what models trained before 1.2 do without
_OPTIONAL: dict[str, np.ndarray] = {
    "join_codes": np.zeros(0, np.uint32),
    "join_offsets": np.zeros(1, np.int64),
    "joins": np.zeros((0, 3), np.int64),
    "vector_keys": np.zeros(0, np.int64),
    "vectors": np.zeros((0, 0), np.float16),
    "gram_input": np.zeros((0, 0, HIDDEN), np.float32),
}


class SelfTrainedSegmenter:
    """Segments text by the boundary probabilities of a teacher and a student."""

    def __init__(self, arrays: Mapping[str, np.ndarray], dictionary: UserDictionary = NOTHING) -> None:
        names = {field.name for field in fields(ModelArrays)}
        arrays = _OPTIONAL | dict(arrays)
        if set(arrays) != names:
            raise ValueError(f"a model must have the arrays {sorted(names)}, got {sorted(arrays)}")
        held = ModelArrays(**arrays)
        self.arrays = held
        self.dictionary = dictionary
        self.scale = Scale(*(int(value) for value in held.scale))
        self.token_rules = TokenRules(**dict(zip(_RULES, map(bool, held.convention), strict=False)))
        words = strings(held.word_codes, held.word_offsets)
        self._unknown = len(words)
        self._words = build_trie(words)
        self._bigram = bigram_of_pairs(
            held.pairs, len(words) + 1, held.spelling, held.lengths, held.discounts
        )
        self._grams = build_trie(strings(held.gram_codes, held.gram_offsets))
        self._statistics = GramStatistics(
            held.gram_count.astype(np.float64), held.gram_left.astype(np.float64),
            held.gram_right.astype(np.float64), held.variation, float(held.total[0]),
        )  # fmt: skip
        # an unknown character pulls to neither side: its embedding is zero
        embedding = np.concatenate([held.embedding, np.zeros((1, held.embedding.shape[1]), np.float32)])
        student = Student(
            embedding, held.input, held.gram_input, held.hidden_bias, held.output, held.output_bias,
            held.mean, held.spread,
        )  # fmt: skip
        vectors = GramVectors(held.vector_keys, held.vectors)
        # an unknown character has the number after the one that stands between runs
        self._encoder = GapEncoder(self.scale, len(held.alphabet), self._statistics, vectors)
        joins = Joins(*np.ascontiguousarray(held.joins.T))
        self._completer = Completer(strings(held.join_codes, held.join_offsets), joins)
        self._student = MultipliedStudent.of(student, self._encoder.table)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that make the model again."""
        return {
            field.name: np.ascontiguousarray(getattr(self.arrays, field.name))
            for field in fields(ModelArrays)
        }

    def boundary_probabilities(self, texts: StringColumn) -> tuple[np.ndarray, np.ndarray]:
        """Return float32[n], the probability that a token begins there, and int64[sentences + 1] offsets."""
        parts, offsets = [np.zeros(0, np.float32)], [np.zeros(1, np.int64)]
        for _, block in blocks(texts):
            text = decode(block)
            parts.append(self._probabilities(text)[0])
            offsets.append(text.offsets[1:] + offsets[-1][-1])
        return np.concatenate(parts), np.concatenate(offsets)

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column; ValueError for a null, TypeError for no strings."""
        return Segmentation.by_beginnings(texts, self._beginnings)

    def split(self, text: str) -> list[str]:
        """Return the words of one text."""
        return self.segment(pa.array([text], pa.string())).words()

    def _beginnings(self, text: Characters) -> tuple[np.ndarray, np.ndarray]:
        probability, visible = self._probabilities(text)
        return visible & (probability > BOUNDARY), visible

    def _probabilities(self, text: Characters) -> tuple[np.ndarray, np.ndarray]:
        mined = self.mined_runs(text)
        places = runs(text, self.token_rules)
        probability = (places == RULE_START).astype(np.float32)
        inside = mined.source >= 0
        of_pieces = self.piece_probabilities(text, mined)
        codes = np.append(text.codes, np.uint32(0))[mined.source]
        joined = self._completer.joined(codes, mined.character, of_pieces > BOUNDARY)
        probability[mined.source[inside]] = np.where(joined, of_pieces / 2, of_pieces)[inside]
        self.dictionary.mark(text, places)
        by_rule = places != MINED
        probability[by_rule] = ((places == MINED_START) | (places == RULE_START))[by_rule]
        self.dictionary.part_forbidden(text, places, probability)
        return probability, places != BLANK

    def mined_runs(self, text: Characters) -> MinedRuns:
        """Return the runs of a text that the model segments, each sentence so far apart that none sees another."""
        return mined_runs(text, self.token_rules, self.arrays.alphabet, apart=self.scale.window)

    def piece_probabilities(self, text: Characters, mined: MinedRuns) -> np.ndarray:
        """Return float64[n], the probability that a piece begins there, in the runs of a text; none are joined yet."""
        character, gaps, scale = mined.character, mined.gaps, self.scale
        codes = np.append(text.codes, np.uint32(0))[mined.source]
        words = find_grams(codes, character, self._words, scale.max_length, self._unknown)
        probability = begin_probabilities(character, words, self._bigram)
        grams = find_grams(codes, character, self._grams, 2 * scale.unit, -1)
        size = len(self.arrays.alphabet)
        shifted = np.where(character == size, size + 1, character)
        contexts = self._encoder.encode(shifted, grams, fold(codes), gaps)
        probability[gaps] = (probability[gaps] + sigmoid(self._student.logits(contexts))) / 2
        return probability


def load_model(store: Store, models: Dataset, dictionary: UserDictionary) -> SelfTrainedSegmenter:
    """Return the trained segmenter that a run of the table `models` names; InputError when it is damaged."""
    arrays, _ = load_trained(store, models)
    return SelfTrainedSegmenter(arrays, dictionary)
