"""Load the segmenter of a corpus: self-trained, CRF, by branching entropy, or the unigram model of its lexicon.

Each branch imports only what it needs, so that segmenting a line never waits for torch.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from tasks.errors import InputError, need
from tasks.store.datasets import Dataset, Store
from tasks.store.models import kind_of, load_trained, model_of
from tasks.store.state import CorpusState
from tasks.text.segmentation import Segmenter
from tasks.text.state import dictionary_of, rules_of
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary
from tasks.unigram.segmenter import load_lexicon

SegmenterKind = Literal["trained", "lexicon", "crf"]


def load_crf(store: Store, models: Dataset) -> Segmenter:
    """Return the CRF that a run of the table `models` names; InputError when it or torch is missing."""
    need("train", "torch", what="a CRF")
    from tasks.crf.segmenter import CrfSegmenter  # torch takes seconds to import

    return CrfSegmenter.from_arrays(*load_trained(store, models))


def segmenter_from(
    store: Store, dataset: Dataset, token_rules: TokenRules, dictionary: UserDictionary
) -> Segmenter:
    """Return the segmenter that a dataset of `models`, `ngrams` (by nVBE) or `lexicon` makes."""
    if dataset.table == "models":
        if kind_of(store, dataset) == "crf":
            return load_crf(store, dataset)
        from tasks.self_training.segmenter import load_model

        return load_model(store, dataset, dictionary)
    if dataset.table == "ngrams":
        from tasks.self_training.nvbe_segmenter import entropy_grams, entropy_segmenter

        return entropy_segmenter(entropy_grams(store.parts(dataset), token_rules), token_rules, dictionary)
    return load_lexicon(store, dataset, token_rules, dictionary)


def load_segmenter(
    store: Store,
    tables: Mapping[str, Sequence[Dataset]],
    state: CorpusState,
    which: SegmenterKind | None = None,
) -> Segmenter:
    """Return a corpus's segmenter, the trained one when there is one; InputError when it is not there."""
    token_rules, dictionary = rules_of(state), dictionary_of(state)
    if which == "crf":
        crf = model_of(store, tables.get("models", ()), "crf")
        if crf is None:
            raise InputError("the corpus has no CRF; train one: minlex train crf --help")
        return segmenter_from(store, crf, token_rules, dictionary)
    trained = None if which == "lexicon" else model_of(store, tables.get("models", ()), "segmenter")
    if trained is not None:
        return segmenter_from(store, trained, token_rules, dictionary)
    if which == "trained":
        raise InputError("the corpus was mined without a trained segmenter; use the lexicon or method minlex")
    return segmenter_from(store, tables["lexicon"][0], token_rules, dictionary)
