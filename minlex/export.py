"""The lexicon of a corpus written for another tool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
import pyarrow as pa

from minlex.export_formats import SAMPLE_CHARS, Format, Source
from tasks.corpus.batches import sentence_batches
from tasks.errors import InputError
from tasks.export.comma_separated import comma_separated
from tasks.export.hanlp_dictionary import hanlp_dictionary
from tasks.export.hugging_face import tokenizer_json
from tasks.export.jieba_dictionary import jieba_dictionary
from tasks.export.sentencepiece_model import sentencepiece_model
from tasks.export.vocabulary import Vocabulary, build_vocabulary
from tasks.export.word_list import word_list
from tasks.lexicon.user_words import load_known_words
from tasks.store.catalog import corpus_frame
from tasks.store.files import write_atomically
from tasks.tables import TABLES

if TYPE_CHECKING:
    from minlex.corpus import Corpus

_SAMPLE = pa.schema(
    [TABLES["sentences"].schema.field(name) for name in ("doc_id", "sentence_no", "start", "text")]
)
_WORD_FORMATS: Mapping[Format, Callable[[pl.DataFrame], tuple[str, int]]] = {
    Format.JIEBA: jieba_dictionary,
    Format.HANLP: hanlp_dictionary,
    Format.CSV: lambda lexicon: (comma_separated(lexicon), 0),
    Format.TXT: word_list,
}
_MODEL_FORMATS: Mapping[Format, Callable[[Vocabulary], str | bytes]] = {
    Format.SENTENCEPIECE: sentencepiece_model,
    Format.HF: tokenizer_json,
}


class Exported(NamedTuple):
    """What was written: how many entries, and how many words the format cannot hold."""

    content: str | bytes
    entries: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Export:
    """What to write of a lexicon; InputError for options that do not go together.

    A sentencepiece or hf model of `size` pieces is fitted to the corpus, or to a sample of `sample_chars` characters
    of it, unless its `source` is the lexicon. `new_only` and the file `known` leave out words of word lists.
    """

    format: Format | str
    size: int | None = None
    new_only: bool = False
    known: str | Path | None = None
    byte_fallback: bool = True
    special: tuple[str, ...] = ()
    source: Source | str | None = None
    sample_chars: int = SAMPLE_CHARS

    def __post_init__(self) -> None:
        """Check what was asked for."""
        models = " and ".join(_MODEL_FORMATS)
        if self.format not in list(Format):
            raise InputError(f"format must be one of {', '.join(Format)}; got {self.format!r}")
        if self.is_model and (self.new_only or self.known is not None):
            raise InputError(
                f"--new-only and --known must go with a list of words, not with {models}; got {self.format}"
            )
        if not self.is_model and self.special:
            raise InputError(f"--special must go with {models}; got {self.format}")
        if not self.is_model and self.source == Source.CORPUS:
            raise InputError(f"--from corpus must go with {models}; got {self.format}")
        if self.source == Source.CORPUS and self.size is None:
            raise InputError("--from corpus must go with --size, which it fits the words to; got none")

    @property
    def is_model(self) -> bool:
        """Whether the format holds a model and not a list of words."""
        return self.format in _MODEL_FORMATS

    def write(self, corpus: "Corpus", path: str) -> Exported:
        """Write the file, which appears whole or not at all; InputError when it cannot be written."""
        check_file(path)
        exported = self.of(corpus)
        write_atomically(Path(path).resolve(), exported.content)
        return exported

    def of(self, corpus: "Corpus") -> Exported:
        """Return the file's content."""
        query = "select * from lexicon order by gain desc, count desc, word"
        lexicon = corpus_frame(corpus.name, corpus.home, "lexicon", query)
        kind = Format(self.format)
        if self.is_model:
            pieces: dict[str, Any] = {
                "size": self.size,
                "special": self.special,
                "byte_fallback": self.byte_fallback,
            }
            if self.size is not None and self.source != Source.LEXICON:
                vocabulary = self._fitted(corpus, lexicon["word"], pieces)
            else:
                vocabulary = build_vocabulary(lexicon, **pieces)
            return Exported(_MODEL_FORMATS[kind](vocabulary), len(vocabulary), vocabulary.left_out)
        listed = load_known_words(Path(self.known)) if self.known else frozenset()
        old = pl.col("word").is_in(list(listed)) | (pl.col("known") & self.new_only)
        chosen = lexicon.filter(~old)
        text, left_out = _WORD_FORMATS[kind](chosen if self.size is None else chosen.head(self.size))
        return Exported(text, text.count("\n") - (kind is Format.CSV), left_out)

    def _fitted(self, corpus: "Corpus", words: pl.Series, pieces: Mapping[str, Any]) -> Vocabulary:
        # numba takes a third of a second to import, which other formats need not wait for
        from tasks.corpus.sampling import draw_sentences, running_text
        from tasks.export.fitted import fit_vocabulary
        from tasks.text.state import dictionary_of

        store = corpus.store
        sentences, duplicates = (
            corpus.data.published_datasets(table) for table in ("sentences", "duplicates")
        )
        read = partial(sentence_batches, store, sentences, duplicates)
        texts = running_text(draw_sentences(read, _SAMPLE, self.sample_chars, seed=0))
        return fit_vocabulary(texts, words, dictionary=dictionary_of(corpus.state), **pieces)


def check_file(path: str) -> None:
    """InputError for a path that no file can be written to."""
    out = Path(path)
    try:
        blocked = out.is_dir() or (out.exists() and not out.is_file())
        folder = out.resolve().parent.is_dir()
    except (OSError, ValueError) as error:
        raise InputError(f"--out must be a file's path: {error}; got {path!r}") from None
    if blocked:
        raise InputError(f"--out must be a file or -, not a folder or a device; got {path!r}")
    if not folder:
        raise InputError(f"--out must be in a folder that exists; got {path!r}")
