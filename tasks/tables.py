"""Every table Minlex writes: columns, types, key, bounds and meaning, declared once.

Contracts, Great Expectations suites, catalog comments and the data dictionary all derive from `TABLES`.
Integers are signed and at most 63 bits wide, so that Spark and DuckDB read every file alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from tasks.model_kinds import MODEL_KINDS

ARROW_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "string": pa.string(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type, what it means, and the bounds every row must keep."""

    name: str
    type: str
    meaning: str
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its columns in order, and the key that no two rows share - or, if ascending, no two of a run.

    The rows of a run of an ascending table are in the order of its key, every key greater than the one before.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    minimum_rows: int = 0
    ascending: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema that every part file of the table has."""
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=c.nullable) for c in self.columns])

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError when there is none."""
        return {c.name: c for c in self.columns}[name]


def _text(name: str, meaning: str, **bounds) -> Column:
    return Column(name=name, type="string", meaning=meaning, **bounds)


def _count(name: str, meaning: str, minimum: int = 0, **bounds) -> Column:
    return Column(name=name, type="int64", meaning=meaning, minimum=minimum, **bounds)


def _real(name: str, meaning: str, **bounds) -> Column:
    return Column(name=name, type="float64", meaning=meaning, **bounds)


def _flag(name: str, meaning: str) -> Column:
    return Column(name=name, type="bool", meaning=meaning)


def _time(name: str, meaning: str, **bounds) -> Column:
    return Column(name=name, type="timestamp", meaning=meaning, **bounds)


_BATCH = _text("batch_id", "Batch that brought the row: first 16 hex digits of its content hash")
_DOC = _count("doc_id", "Document key: 63-bit hash of file content, member, record and part")
_SENTENCE = _count("sentence_no", "Position of the sentence in its document, from 0")
_RUN = _text("run_id", "Pipeline run that wrote the row")
_TEXTS = _text(
    "texts", "Which gold: held out of the training file, or a file of its own", choices=("held-out", "test")
)
_STAGE = _text("stage", "Pipeline stage")

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            Table(
                name="sources",
                meaning="Files read, one row a file, in the order of their names",
                key=("batch_id", "source"),
                minimum_rows=1,
                columns=(
                    _BATCH,
                    _text("source", "Path of the file, relative to the folder above what was given"),
                    _text("content_hash", "SHA-256 of the file's bytes, hexadecimal"),
                    _count("bytes", "Size of the file"),
                    _count("documents", "Documents read from the file, duplicates included"),
                    _count("rejects", "Rejects written for the file"),
                    _text(
                        "duplicate_of",
                        "File of the batch with the same bytes, read in its place",
                        nullable=True,
                    ),
                ),
            ),
            Table(
                name="documents",
                meaning="Units of text as read, decoded and normalised: a line, a file or a record",
                key=("doc_id",),
                columns=(
                    _BATCH,
                    _DOC,
                    _text("source", "Path of the file, relative to the folder above what was given"),
                    _text("member", "Archive member the text came from", nullable=True),
                    _count("record", "Line, row or object number within the member, from 1", 1),
                    _count("part", "Piece of an over-long record, from 0"),
                    _count("offset", "Characters of decoded text (rows, for Parquet) before it"),
                    _text("encoding", "Encoding the bytes were decoded with"),
                    _text("text_hash", "BLAKE2b-128 of the normalised text, hexadecimal"),
                    _count("chars", "Length of the text in code points", 1),
                    _count("replaced", "Characters dropped or replaced because they are not text"),
                    _text("text", "Normalised text"),
                ),
            ),
            Table(
                name="duplicates",
                meaning="Documents left out because an earlier one has the same text",
                key=("doc_id",),
                columns=(
                    _BATCH,
                    _DOC,
                    _count("kept_doc_id", "The document with the same text that stays"),
                    _flag("same_batch", "Whether both came in one batch"),
                ),
            ),
            Table(
                name="rejects",
                meaning="Input that could not become text, each with its reason",
                key=("batch_id", "reject_no"),
                columns=(
                    _BATCH,
                    _count("reject_no", "Position among the rejects of the batch, from 0"),
                    _text("source", "Path of the file"),
                    _text("member", "Archive member", nullable=True),
                    _count("record", "Line, row or object number, 0 when the whole member is meant"),
                    _text("reason", "Machine-readable reason, such as unknown_encoding"),
                    _text("detail", "What was found, one line"),
                    _text("excerpt", "The first characters of what was rejected", nullable=True),
                ),
            ),
            Table(
                name="sentences",
                meaning="Documents cut at line ends and sentence-final punctuation",
                key=("doc_id", "sentence_no"),
                columns=(
                    _DOC,
                    _SENTENCE,
                    _count("start", "Offset of the sentence in the document, in code points"),
                    _count("chars", "Characters that are not white space", 1),
                    _text("text", "The sentence, punctuation included, outer white space excluded"),
                ),
            ),
            Table(
                name="ngram_shards",
                meaning="Windows of max_order + 1 characters of one batch, distinct and sorted: what all its "
                "n-gram counts add up from",
                key=("k0", "k1", "k2", "k3", "k4", "k5"),
                ascending=True,
                columns=(
                    _count("k0", "Characters 1-3, 21 bits each, first highest; 0 past the sentence's end"),
                    _count("k1", "Characters 4-6"),
                    _count("k2", "Characters 7-9"),
                    _count("k3", "Characters 10-12"),
                    _count("k4", "Characters 13-15"),
                    _count("k5", "Characters 16-17"),
                    _count("count", "Occurrences in the batch", 1),
                    _count("starts", "Occurrences at the beginning of a sentence or after white space"),
                ),
            ),
            Table(
                name="ngrams",
                meaning="Character n-grams with exact counts and what their neighbours say of them",
                key=("gram",),
                minimum_rows=1,
                columns=(
                    _text("gram", "The characters"),
                    _count("length", "Order: number of characters", 1, maximum=16),
                    _count("count", "Occurrences in the corpus, overlaps included", 1),
                    _count("starts", "Occurrences that begin a sentence or follow white space"),
                    _count("ends", "Occurrences that end a sentence or precede white space"),
                    _real(
                        "pmi",
                        "Smallest pointwise mutual information over two-way splits, nats; "
                        "null for one character",
                        nullable=True,
                    ),
                    _real("npmi", "pmi / -ln p(gram): at most 1", nullable=True, maximum=1.0000001),
                    _real(
                        "gain",
                        "Exact drop in bits of the whole corpus from merging the two parts of "
                        "that split; null for one character and for equal parts",
                        nullable=True,
                    ),
                    _real("gain_bound", "Lower bound of gain: count * (pmi - 1), bits", nullable=True),
                    _real("left_entropy", "Entropy of the character before, nats", minimum=-1e-9),
                    _real("right_entropy", "Entropy of the character after, nats", minimum=-1e-9),
                    _real(
                        "autonomy",
                        "Standardised variation of branching entropy (nVBE), left plus right",
                        nullable=True,
                    ),
                ),
            ),
            Table(
                name="lexicon",
                meaning="Words kept, with the evidence for each",
                key=("word",),
                minimum_rows=1,
                columns=(
                    _text("word", "The word"),
                    _count("length", "Number of characters", 1),
                    _count("count", "Times the corpus, cut into words, uses it"),
                    _real(
                        "probability",
                        "Unigram probability of the word; the column sums to 1",
                        minimum=0,
                        maximum=1,
                    ),
                    _real("bits", "Cost of one use: -log2 probability", minimum=0),
                    _count("raw_count", "Occurrences of the characters, inside other words or not"),
                    _real(
                        "gain",
                        "Exact drop in bits of the whole corpus from merging its parts; 0 "
                        "for a single character",
                    ),
                    _real(
                        "pmi",
                        "Smallest pointwise mutual information over two-way splits, nats",
                        nullable=True,
                    ),
                    _real("left_entropy", "Entropy of the character before, nats", nullable=True),
                    _real("right_entropy", "Entropy of the character after, nats", nullable=True),
                    _text("parts", "Cheapest spelling by other words, separated by spaces"),
                    _flag("known", "Whether the user's list of known words holds it"),
                ),
            ),
            Table(
                name="lexicon_decisions",
                meaning="Every candidate that was considered: kept or dropped, and why",
                key=("candidate",),
                minimum_rows=1,
                columns=(
                    _text("candidate", "The characters considered"),
                    _count("length", "Number of characters", 1),
                    _count("count", "Occurrences when it was considered"),
                    _flag("kept", "Whether it is in the lexicon"),
                    _text(
                        "step",
                        "The step that decided: cut, truncate, redundancy, merge, completion, user or kept",
                    ),
                    _text("reason", "Machine-readable reason"),
                    _text("detail", "The figures of the decision, in words"),
                    _real(
                        "pmi",
                        "Smallest pointwise mutual information over two-way splits, nats",
                        nullable=True,
                    ),
                    _real(
                        "gain", "Exact drop in bits of the whole corpus from merging its parts", nullable=True
                    ),
                    _text("parts", "Cheapest spelling by other words, separated by spaces", nullable=True),
                    _real("parts_advantage", "ln p(word) - sum ln p(parts), nats", nullable=True),
                ),
            ),
            Table(
                name="models",
                meaning="Trained models, each a folder below models/ of the home",
                key=("model_id",),
                columns=(
                    _text("model_id", "Content key of the model: its folder's name"),
                    _text("kind", "What it is", choices=tuple(kind.name for kind in MODEL_KINDS)),
                    _text("sha256", "SHA-256 of model.safetensors, hexadecimal"),
                    _count("bytes", "Size of model.safetensors", 1),
                    _count("characters", "Characters it was trained on"),
                    _text("config", "Settings it was trained with, as JSON"),
                ),
            ),
            Table(
                name="training_curves",
                meaning="How each model's training went: figures along its steps",
                key=("model_id", "series", "step"),
                columns=(
                    _text("model_id", "The model"),
                    _text("series", "Name of the figure, such as training_loss"),
                    _count("step", "Optimiser steps, or rounds, done when it was taken"),
                    _real("value", "Its value"),
                ),
            ),
            Table(
                name="segmentation_scores",
                meaning="How a trained segmenter cuts gold texts it has not learnt from",
                key=("model_id", "texts", "metric"),
                columns=(
                    _text("model_id", "The model"),
                    _TEXTS,
                    _text("metric", "Name of the figure, such as f1"),
                    _real("value", "Its value: a share, or a number of words or sentences", minimum=0),
                ),
            ),
            Table(
                name="segmentation_errors",
                meaning="Where a trained segmenter disagrees with gold: shortest spans between common boundaries",
                key=("model_id", "texts", "gold_lengths", "predicted_lengths"),
                columns=(
                    _text("model_id", "The model"),
                    _TEXTS,
                    _text("gold_lengths", "Lengths of gold's words in characters, such as 2+1"),
                    _text("predicted_lengths", "Lengths of the model's words there, such as 3"),
                    _count("count", "Stretches so cut", 1),
                    _text("gold", "The most frequent of them in gold's words, separated by spaces"),
                    _text("predicted", "The same in the model's words"),
                ),
            ),
            Table(
                name="worst_sentences",
                meaning="Gold texts that a trained segmenter cuts worst",
                key=("model_id", "texts", "place"),
                columns=(
                    _text("model_id", "The model"),
                    _TEXTS,
                    _count("place", "Rank, from 1: most gold words missed first", 1),
                    _count("missed", "Words of gold that were not found", 1),
                    _text("gold", "Gold's words, separated by spaces"),
                    _text("predicted", "The model's words, separated by spaces"),
                ),
            ),
            Table(
                name="samples",
                meaning="Sentences drawn by seed that training, merging and fitting read in place of the corpus",
                key=("doc_id", "sentence_no"),
                columns=(
                    _DOC,
                    _SENTENCE,
                    _text("text", "The sentence"),
                ),
            ),
            Table(
                name="topics",
                meaning="What the topics are about: the words that show each best",
                key=("topic", "rank"),
                columns=(
                    _count("topic", "Number of the topic, from 0, the most frequent first"),
                    _count(
                        "rank", "Position from 1: ten words that go together, then others by probability", 1
                    ),
                    _text("word", "The word"),
                    _real("probability", "Probability of the word in the topic", minimum=0, maximum=1),
                    _real("lift", "Probability in the topic by that in the corpus", minimum=0),
                    _real("share", "Share of the topic in all documents", minimum=0, maximum=1),
                    _real(
                        "npmi",
                        "Coherence of the topic's ten top words on held-out documents: mean normalised PMI",
                        minimum=-1,
                        maximum=1,
                    ),
                ),
            ),
            Table(
                name="doc_topics",
                meaning="Topics that hold a twentieth of a document or more",
                key=("doc_id", "topic"),
                columns=(
                    _DOC,
                    _count("topic", "Number of the topic"),
                    _real("share", "Share of the topic in the document", minimum=0, maximum=1),
                ),
            ),
            Table(
                name="doc_map",
                meaning="Documents with topics on a plane, near those that are about the like",
                key=("doc_id",),
                columns=(
                    _DOC,
                    _real("x", "First principal axis of the square roots of the topic shares"),
                    _real("y", "Second principal axis"),
                    _count("topic", "Topic of the largest share"),
                    _count("cluster", "Cluster of the Gaussian mixture over the principal axes"),
                ),
            ),
            Table(
                name="vae_texts",
                meaning="What the text VAE writes, each text from a point z of its own",
                key=("model_id", "kind", "number", "place"),
                columns=(
                    _text("model_id", "The model"),
                    _text(
                        "kind",
                        "Where the point is: drawn, on the line between two held-out sentences, or at one of them",
                        choices=("sample", "interpolation", "reconstruction"),
                    ),
                    _count("number", "Position among the points or lines of the kind, from 0"),
                    _count("place", "Position on the line, from 0"),
                    _count("doc_id", "Document of the sentence that the point is at", nullable=True),
                    _text("source", "That sentence", nullable=True),
                    _text("text", "What is written there; likeliest symbols, but for samples drawn ones"),
                ),
            ),
            Table(
                name="tokens",
                meaning="The corpus cut into words; white space is between tokens, never in one",
                key=("doc_id", "sentence_no", "start"),
                minimum_rows=1,
                columns=(
                    _DOC,
                    _SENTENCE,
                    _count("start", "Offset of the token in the sentence, in code points"),
                    _text("word", "The characters of the token"),
                ),
            ),
            Table(
                name="words",
                meaning="Frequency of each token type in the corpus",
                key=("word",),
                minimum_rows=1,
                columns=(
                    _text("word", "The token type"),
                    _count("length", "Number of characters", 1),
                    _count("count", "Occurrences among the tokens", 1),
                    _count("documents", "Documents it occurs in", 1),
                    _flag("in_lexicon", "Whether the lexicon holds it"),
                ),
            ),
            Table(
                name="entropy_ladder",
                meaning="Bits one character of held-out documents costs, rung by rung, their ends paid for",
                key=("rung",),
                columns=(
                    _text("rung", "What describes the text"),
                    _count("step", "Order of the rungs, from 0"),
                    _real("bits_per_char", "Cost of one character, bits", minimum=0),
                    _count("chars", "Characters of the held-out documents", 1),
                    _flag(
                        "bound", "Whether the model costs at most this: not all its ways to write are summed"
                    ),
                    _text("note", "What describes the text, in words"),
                ),
            ),
            Table(
                name="generations",
                meaning="Texts drawn from language models and kept",
                key=("model_id", "settings", "prompt", "number"),
                columns=(
                    _text("model_id", "The model, as in models"),
                    _text("settings", "How it was drawn, as JSON"),
                    _text("prompt", "The text it goes on from"),
                    _count("number", "Position among the texts drawn with one seed, from 0"),
                    _text("text", "What was drawn"),
                    _count("chars", "Its length in code points"),
                    _real("nats", "Its cost under the distributions it was drawn from", minimum=0),
                    _text("ended", "Why it ended", choices=("stop", "end", "length")),
                ),
            ),
            Table(
                name="metrics",
                meaning="Figures that a stage measured of its result",
                key=("run_id", "stage", "metric"),
                columns=(
                    _RUN,
                    _STAGE,
                    _text("metric", "Name of the figure"),
                    _real("value", "Its value"),
                    _text("unit", "Its unit"),
                ),
            ),
            Table(
                name="checks",
                meaning="Every check between stages and what it observed",
                key=("run_id", "table_name", "check_name"),
                columns=(
                    _RUN,
                    _text("table_name", "Table checked"),
                    _text("check_name", "The rule"),
                    _text("kind", "Who checked", choices=("contract", "expectation", "identity")),
                    _text("severity", "What a failure means", choices=("critical", "warning")),
                    _flag("passed", "Whether the rule held"),
                    _text("observed", "What was found"),
                ),
            ),
            Table(
                name="runs",
                meaning="Pipeline runs, published or failed",
                key=("run_id",),
                columns=(
                    _RUN,
                    _text("corpus", "Corpus the run worked on"),
                    _text("status", "How it ended", choices=("running", "published", "failed")),
                    _time("started", "When it began"),
                    _time("finished", "When it ended", nullable=True),
                    _text("version", "Version of Minlex"),
                    _text("settings", "Settings, as JSON"),
                    _text("error", "Why it failed, one line", nullable=True),
                ),
            ),
            Table(
                name="lineage",
                meaning="Which dataset was made from which, by which stage",
                key=("run_id", "output_table", "output_key", "input_table", "input_key"),
                columns=(
                    _RUN,
                    _STAGE,
                    _text("output_table", "Table written"),
                    _text("output_key", "Content key of what was written"),
                    _text("input_table", "Table or file set read; empty when there is none"),
                    _text("input_key", "Content key of what was read; empty when there is none"),
                    _count("rows", "Rows written"),
                    _count("bytes", "Bytes written"),
                    _real("seconds", "Time the stage took in this run", minimum=0),
                    _real("peak_mb", "Peak memory of the process at the end of the stage, MB", minimum=0),
                    _flag("reused", "Whether an earlier run had already made it"),
                ),
            ),
        )
    }
)
