"""Segmenters as Python users call them: words of a text, with offsets, probabilities and alternatives."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np
import pyarrow as pa

from minlex.userdict import words_of_file
from tasks.engines.kernels import load_without_blas
from tasks.errors import InputError, need
from tasks.text.characters import decode, strings
from tasks.text.segmentation import BoundaryScorer, Segmentation
from tasks.text.segmentation import Segmenter as Segments
from tasks.text.state import restored_dictionary, rules_of
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary

if TYPE_CHECKING:
    import polars as pl

    from minlex.corpus import Corpus
    from tasks.unigram.segmenter import UnigramSegmenter

Kind = Literal["trained", "lexicon", "crf"]
Texts: TypeAlias = "Iterable[str] | pa.Array | pa.ChunkedArray | pl.Series"
Arrays = Mapping[str, np.ndarray]
_ROWS_AT_ONCE = 1 << 14


class Token(NamedTuple):
    """A word and where it stands, in characters."""

    word: str
    start: int
    end: int


class Cut(NamedTuple):
    """One of several segmentations of a text: its words and its log probability, nats."""

    words: list[str]
    log_probability: float


class Segmenter:
    """Segments texts into words. Threads may share one; it pickles by its arrays.

    InputError for what is no text: another type, None, a lone surrogate.
    """

    def __init__(self, kind: Kind, arrays: Arrays, facts: Mapping[str, Any]) -> None:
        self.kind, self._arrays, self._facts = kind, arrays, dict(facts)
        self._rules = TokenRules(**facts["token_rules"])
        self._dictionary = restored_dictionary(facts["dictionary"])
        load_without_blas()
        self._model = self._built()

    @classmethod
    def of(cls, corpus: "Corpus", kind: Kind | None = None) -> "Segmenter":
        """Return the segmenter of a corpus, the trained one if there is one; InputError when it has none of a kind."""
        from tasks.store.models import load_trained, model_of

        store, state = corpus.store, corpus.state
        tables = {name: corpus.data.published_datasets(name) for name in ("models", "lexicon")}
        if not tables["lexicon"]:
            raise InputError(f"corpus {corpus.name!r} has no lexicon yet; mine it to the end first")
        trained = model_of(store, tables["models"], "segmenter")
        kind = kind or ("trained" if trained else "lexicon")
        facts = {
            "token_rules": rules_of(state).as_state(),
            "dictionary": dict(state.dictionary),
            "config": {},
        }
        if kind == "lexicon":
            lexicon = store.read(tables["lexicon"][0], ["word", "probability"])
            text = decode(lexicon["word"].combine_chunks())
            probability = np.from_dlpack(lexicon["probability"].combine_chunks())
            arrays: Arrays = {"codes": text.codes, "offsets": text.offsets, "probability": probability}
            return cls(kind, arrays, facts)
        found = model_of(store, tables["models"], "crf") if kind == "crf" else trained
        if found is None:
            made_by = {"crf": "train one: corpus.train_crf()", "trained": "use the lexicon or method minlex"}
            raise InputError(
                f"the corpus has no segmenter of kind {kind}; {made_by.get(kind, 'use trained')}"
            )
        arrays, facts["config"] = load_trained(store, found)
        return cls(kind, arrays, facts)

    def lcut(self, text: str) -> list[str]:
        """Return the words of a text; white space is none of them."""
        return [text[start:end] for start, end in self._spans(text)]

    def cut(self, text: str) -> Iterator[str]:
        """Yield the words of a text."""
        yield from self.lcut(text)

    def tokenize(self, text: str) -> list[Token]:
        """Return the words of a text with their offsets."""
        return [Token(text[start:end], start, end) for start, end in self._spans(text)]

    def cut_many(self, texts: Texts, workers: int | None = None) -> pa.ChunkedArray:
        """Return the words of each text as a column of lists of strings, in order.

        `workers` threads, by default one a core, never change the result.
        """
        from tasks.engines.threads import cores, map_threads

        column = _column(texts)
        blocks = [
            chunk.slice(first, _ROWS_AT_ONCE)
            for chunk in column.chunks
            for first in range(0, len(chunk), _ROWS_AT_ONCE)
        ]
        found = list(map_threads(self._lists, blocks, workers or cores()))
        return pa.chunked_array(found, pa.list_(pa.string()))

    def probabilities(self, text: str) -> np.ndarray:
        """Return float32[characters], the probability that a word begins at each character.

        InputError where the segmenter has none.
        """
        column = _single(text)
        if isinstance(self._model, BoundaryScorer):
            return self._model.boundary_probabilities(column)[0]
        if self.kind != "lexicon":
            raise InputError(f"a segmenter of kind {self.kind} has no probabilities; use the lexicon's")
        from tasks.unigram.alternatives import boundary_probabilities

        return boundary_probabilities(self._lexicon("probabilities"), column)[0]

    def nbest(self, text: str, n: int) -> list[Cut]:
        """Return the n likeliest segmentations by the lexicon, the best first; InputError for another segmenter."""
        from tasks.unigram.alternatives import likeliest
        from tasks.unigram.cuts import cuts_of

        if n < 1:
            raise InputError(f"n must be at least 1, got {n}")
        [cuts] = cuts_of(likeliest(self._lexicon("nbest"), _single(text), n), [text])
        return [Cut(cut["words"], -cut["bits"] * np.log(2)) for cut in cuts]

    def sample(self, text: str, seed: int = 0, temperature: float = 1.0) -> list[str]:
        """Draw a segmentation by the lexicon, the likelier the more often; InputError for another segmenter."""
        from tasks.unigram.alternatives import draw
        from tasks.unigram.cuts import cuts_of

        drawn = draw(self._lexicon("sample"), _single(text), seed=seed, temperature=temperature, first_row=0)
        [[cut]] = cuts_of(drawn, [text])
        return cast(list[str], cut["words"])

    def add_word(self, word: str) -> None:
        """Segment this word whole from now on, wherever it stands."""
        self._decide([word], [])

    def del_word(self, word: str) -> None:
        """Never segment this word whole from now on."""
        self._decide([], [word])

    def load_userdict(self, file: str | Path) -> None:
        """Add the words of a file as jieba reads it: a word a line, then a frequency and a tag if there are any.

        InputError with file and line for a line that is none.
        """
        self._decide(words_of_file(Path(file)), [])

    def save(self, folder: str | Path) -> None:
        """Write the segmenter as a folder that minlex.load reads, on any machine."""
        from safetensors.numpy import save_file

        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        arrays = {name: np.ascontiguousarray(array) for name, array in self._arrays.items()}
        save_file(arrays, path / "segmenter.safetensors")
        facts = json.dumps({"kind": self.kind, **self._facts}, ensure_ascii=False)
        (path / "segmenter.json").write_text(facts, encoding="utf-8")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by arrays and facts."""
        return Segmenter, (self.kind, self._arrays, self._facts)

    def __repr__(self) -> str:
        """Say which kind it is."""
        return f"minlex.Segmenter({self.kind})"

    def _spans(self, text: str) -> Iterable[tuple[int, int]]:
        if self.kind == "lexicon" and type(text) is str:
            try:
                starts, ends = cast("UnigramSegmenter", self._model).spans(text)
            except UnicodeEncodeError:
                raise InputError("text must be Unicode without lone surrogates") from None
            return zip(starts, ends, strict=True)
        found = self._model.segment(_single(text))
        return zip(found.start.tolist(), found.end.tolist(), strict=True)

    def _lists(self, block: pa.Array) -> pa.ListArray:
        found: Segmentation = self._model.segment(block)
        offsets = np.searchsorted(found.sentence_index, np.arange(len(block) + 1)).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), found.to_arrow()["word"].combine_chunks())

    def _lexicon(self, method: str) -> "UnigramSegmenter":
        from tasks.unigram.segmenter import UnigramSegmenter

        if not isinstance(self._model, UnigramSegmenter):
            raise InputError(f"{method} is of the lexicon: corpus.segmenter('lexicon'); got {self.kind}")
        return self._model

    def _decide(self, force: Iterable[str], forbid: Iterable[str]) -> None:
        if self.kind == "crf":
            raise InputError("a segmenter of kind crf takes no words; use trained or lexicon")
        held, add, leave = self._dictionary, set(force), set(forbid)
        decided = UserDictionary.of(
            (set(held.force) | add) - leave, (set(held.forbid) | leave) - add, held.stop_characters
        )
        self._dictionary, self._facts["dictionary"] = decided, decided.as_state()
        self._model = self._built()

    def _built(self) -> Segments:
        if self.kind == "crf":
            need("train", "torch", what="a CRF")
            from tasks.crf.segmenter import CrfSegmenter

            return CrfSegmenter.from_arrays(self._arrays, self._facts["config"])
        if self.kind == "trained":
            from tasks.self_training.segmenter import SelfTrainedSegmenter

            return SelfTrainedSegmenter(self._arrays, self._dictionary)
        from tasks.unigram.segmenter import UnigramSegmenter

        words = strings(self._arrays["codes"], self._arrays["offsets"])
        probability = self._arrays["probability"]
        if self._dictionary.forbid:
            kept = ~np.isin(np.array(words.to_pylist()), self._dictionary.forbid)
            words, probability = words.filter(pa.array(kept)), probability[kept]
        return UnigramSegmenter.of_lexicon(words, probability, self._rules, self._dictionary)


def load(folder: str | Path) -> Segmenter:
    """Return the segmenter that `Segmenter.save` wrote; InputError where there is none, or a damaged one."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = Path(folder)
    try:
        facts = json.loads((path / "segmenter.json").read_text(encoding="utf-8"))
        return Segmenter(facts.pop("kind"), load_file(path / "segmenter.safetensors"), facts)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise InputError(f"no segmenter can be read from {str(path)!r}: {error}") from None


def _single(text: str) -> pa.Array:
    if not isinstance(text, str):
        raise InputError(f"text must be a string, got {type(text).__name__}")
    try:
        return pa.array([text], pa.string())
    except (UnicodeEncodeError, pa.ArrowInvalid):
        raise InputError("text must be Unicode without lone surrogates") from None


def _column(texts: Texts) -> pa.ChunkedArray:
    if isinstance(texts, str):
        raise InputError("texts must be a list or a column of strings; for one text use lcut")
    if hasattr(texts, "to_arrow"):
        texts = texts.to_arrow()
    try:
        column = (
            texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(list(texts), pa.string())
        )
        if pa.types.is_string_view(column.type):
            column = column.cast(pa.large_string())
    except (UnicodeEncodeError, TypeError, pa.ArrowException) as error:
        raise InputError(f"texts must be strings without lone surrogates: {error}") from None
    if column.null_count:
        raise InputError(f"texts must not be null; got {column.null_count} nulls of {len(column)}")
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InputError(f"texts must be strings, got {column.type}")
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
