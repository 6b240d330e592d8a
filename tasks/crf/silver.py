"""Silver labels: the segmentation of a corpus by a segmenter without labels, with some documents held out."""

import numpy as np
import pyarrow as pa

from tasks.crf.labels import Labelled, labelled_surely
from tasks.crf.tags import BEGINS, WITHIN
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.text.characters import decode
from tasks.text.segmentation import Segmenter


def silver_of(cutter: Segmenter, texts: pa.StringArray, confidence: float) -> Labelled:
    """Label texts by a segmenter: the trained one leaves gaps open that it is not sure of, others none."""
    if isinstance(cutter, SelfTrainedSegmenter):
        probability, _ = cutter.boundary_probabilities(texts)
        return labelled_surely(texts, probability, confidence)
    tokens, text = cutter.segment(texts), decode(texts)
    begins = np.full(len(text.codes), WITHIN, np.uint8)
    begins[text.offsets[tokens.sentence_index] + tokens.start] = BEGINS
    return Labelled(text, begins)


def held_out_documents(doc_id: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return bool[sentences], whether a sentence's document int64[sentences] is held out: a share, one at least."""
    documents = np.unique(doc_id)
    count = max(1, round(share * len(documents)))
    return np.isin(doc_id, np.random.default_rng(seed).permutation(documents)[:count])
