"""The segmenter of a corpus: trained, by branching entropy, or the words of its lexicon by the likeliest cut.

Each imports what it alone is made of: who cuts a line waits for no other's.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np

from tasks.errors import InputError, need
from tasks.models import kind_of, load_trained, model_of
from tasks.segment.characters import StringColumn
from tasks.segment.classes import Convention
from tasks.segment.dictionary import UserDictionary
from tasks.segment.viterbi import Segmentation, Segmenter
from tasks.store import Dataset, Store

if TYPE_CHECKING:
    from tasks.segment.model import Model

Which = Literal["trained", "lexicon", "crf"]


class Cutter(Protocol):
    """Anything that cuts a column of sentences into words."""

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column."""


@runtime_checkable
class Weighing(Protocol):
    """A cutter that knows how likely a word is to begin at each character."""

    def boundary_probabilities(self, texts: StringColumn) -> tuple[np.ndarray, np.ndarray]:
        """Return float[n] probabilities and int64[sentences + 1] offsets."""


def load_model(store: Store, models: Dataset, dictionary: UserDictionary) -> "Model":
    """Return the trained segmenter that a run of the table `models` names; InputError when it is damaged."""
    from tasks.segment.model import Model

    arrays, _ = load_trained(store, models)
    return Model(arrays, dictionary)


def load_crf(store: Store, models: Dataset) -> Cutter:
    """Return the CRF that a run of the table `models` names; InputError when it or torch is missing."""
    need("train", "torch", what="a CRF")
    from tasks.crf.segmenter import CrfSegmenter  # torch takes seconds to import

    return CrfSegmenter.from_arrays(*load_trained(store, models))


def segmenter_from(
    store: Store, dataset: Dataset, convention: Convention, dictionary: UserDictionary
) -> Cutter:
    """Return the segmenter that a dataset of `models`, `ngrams` (by nVBE) or `lexicon` makes."""
    if dataset.table == "models":
        crf = kind_of(store, dataset) == "crf"
        return load_crf(store, dataset) if crf else load_model(store, dataset, dictionary)
    if dataset.table == "ngrams":
        from tasks.segment.entropy_segmenter import entropy_grams, entropy_segmenter

        return entropy_segmenter(entropy_grams(store.parts(dataset), convention), convention, dictionary)
    lexicon = store.read(dataset, ["word", "probability"])
    words, probabilities = (lexicon[name].combine_chunks() for name in ("word", "probability"))
    # to_numpy would load Pandas
    return Segmenter.of_lexicon(words, np.from_dlpack(probabilities), convention, dictionary)


def dictionary_of(state: Mapping[str, Any]) -> UserDictionary:
    """Return the user dictionary among the published facts about a corpus."""
    return UserDictionary(**{name: _frozen(value) for name, value in state.get("dictionary", {}).items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def load_segmenter(
    store: Store,
    tables: Mapping[str, Sequence[Dataset]],
    state: Mapping[str, Any],
    which: Which | None = None,
) -> Cutter:
    """Return a corpus's segmenter, the trained one when there is one; InputError when it is not there."""
    convention, dictionary = Convention(**state["convention"]), dictionary_of(state)
    if which == "crf":
        crf = model_of(store, tables.get("models", ()), "crf")
        if crf is None:
            raise InputError("the corpus has no CRF; train one: minlex train crf --help")
        return segmenter_from(store, crf, convention, dictionary)
    trained = None if which == "lexicon" else model_of(store, tables.get("models", ()), "segmenter")
    if trained is not None:
        return segmenter_from(store, trained, convention, dictionary)
    if which == "trained":
        raise InputError("the corpus was mined without a trained segmenter; use the lexicon or method minlex")
    return segmenter_from(store, tables["lexicon"][0], convention, dictionary)
