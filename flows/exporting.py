"""The lexicon of a corpus written for another tool."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from flows.console import output_json, say
from flows.formats import SAMPLE_CHARS, Format, Source
from flows.querying import corpus_frame
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
from tasks.store.datasets import Store, write_atomically
from tasks.store.publish import store_with
from tasks.tables import TABLES

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


def export_lexicon(
    corpus: str,
    home: str | None,
    kind: Format,
    out: str,
    *,
    size: int | None = None,
    new_only: bool = False,
    known: Path | None = None,
    byte_fallback: bool = True,
    special: Sequence[str] = (),
    source: Source | None = None,
    sample_chars: int = SAMPLE_CHARS,
    as_json: bool = False,
) -> None:
    """Write the lexicon as `kind` to the file `out`, or to standard output for -; InputError when it cannot.

    A model of a given size is fitted to the corpus, or to a sample of `sample_chars` characters of it, unless its
    `source` is the lexicon.
    """
    if as_json and out == "-":
        raise InputError("--json needs a file as --out: both write to standard output; got -")
    _check_options(kind, out, new_only or known is not None, special)
    fits = _is_fitted(kind, size, source)
    lexicon = corpus_frame(
        corpus, home, "lexicon", "select * from lexicon order by gain desc, count desc, word"
    )
    if kind in _MODEL_FORMATS:
        pieces: dict[str, Any] = {"size": size, "special": special, "byte_fallback": byte_fallback}
        if fits:
            vocabulary = _fitted(store_with(corpus, home), corpus, lexicon["word"], sample_chars, pieces)
        else:
            vocabulary = build_vocabulary(lexicon, **pieces)
        content, entries, left_out = _MODEL_FORMATS[kind](vocabulary), len(vocabulary), vocabulary.left_out
    else:
        listed = load_known_words(known) if known else frozenset()
        old = pl.col("word").is_in(list(listed)) | (pl.col("known") & new_only)
        chosen = lexicon.filter(~old)
        chosen = chosen if size is None else chosen.head(size)
        text, left_out = _WORD_FORMATS[kind](chosen)
        content, entries = text, text.count("\n") - (kind is Format.CSV)
    _write(content, out)
    if as_json:
        output_json({"corpus": corpus, "format": kind, "out": out, "entries": entries, "left_out": left_out})
        return
    lost = f"; {left_out} words that the format cannot hold are left out" if left_out else ""
    say(f"{entries} entries written as {kind}{lost}")


def _is_fitted(kind: Format, size: int | None, source: Source | None) -> bool:
    if kind not in _MODEL_FORMATS:
        if source is Source.CORPUS:
            raise InputError(f"--from corpus must go with {' and '.join(_MODEL_FORMATS)}; got {kind}")
        return False
    if source is Source.CORPUS and size is None:
        raise InputError("--from corpus must go with --size, which it fits the words to; got none")
    return size is not None and source is not Source.LEXICON


def _fitted(
    store: Store, corpus: str, words: pl.Series, sample_chars: int, pieces: Mapping[str, Any]
) -> Vocabulary:
    # numba takes a third of a second to import, which other formats need not wait for
    from tasks.corpus.sampling import draw_sentences, running_text
    from tasks.export.fitted import fit_vocabulary
    from tasks.text.state import dictionary_of

    sentences, duplicates = (store.published_datasets(corpus, table) for table in ("sentences", "duplicates"))
    read = partial(sentence_batches, store, sentences, duplicates)
    texts = running_text(draw_sentences(read, _SAMPLE, sample_chars, seed=0))
    dictionary = dictionary_of(store.published(corpus)["state"])
    return fit_vocabulary(texts, words, dictionary=dictionary, **pieces)


def _check_options(kind: Format, out: str, new_only: bool, special: Sequence[str]) -> None:
    models = " and ".join(_MODEL_FORMATS)
    if kind in _MODEL_FORMATS and new_only:
        raise InputError(
            f"--new-only and --known must go with a list of words, not with {models}; got {kind}"
        )
    if kind not in _MODEL_FORMATS and special:
        raise InputError(f"--special must go with {models}; got {kind}")
    if out == "-":
        if kind is Format.SENTENCEPIECE:
            raise InputError("--out must be a file for sentencepiece, which is not text; got -")
        return
    path = Path(out)
    try:
        blocked = path.is_dir() or (path.exists() and not path.is_file())
        folder = path.resolve().parent.is_dir()
    except (OSError, ValueError) as error:
        raise InputError(f"--out must be a file's path: {error}; got {out!r}") from None
    if blocked:
        raise InputError(f"--out must be a file or -, not a folder or a device; got {out!r}")
    if not folder:
        raise InputError(f"--out must be in a folder that exists; got {out!r}")


def _write(content: str | bytes, out: str) -> None:
    if out != "-":
        write_atomically(Path(out).resolve(), content)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content if isinstance(content, bytes) else content.encode())
    sys.stdout.buffer.flush()
