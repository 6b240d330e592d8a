"""Settings of every stage: frozen, bounded, documented, with defaults that need no tuning.

They are the forms Prefect shows, the tables of a settings file (`[ingest]`, `[ngrams]`, ...) and, but for
`EngineSettings`, part of the key of what a stage writes.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tasks.languages import Language
from tasks.model_kinds import MODEL_KINDS


class StageSettings(BaseModel):
    """Base of all settings: immutable, and an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestSettings(StageSettings):
    """How files become documents and sentences."""

    unit: Literal["line", "paragraph", "file"] = Field(
        "line",
        description="What one document of a text file is: a line, lines up to an empty line, or all of it",
    )
    text_column: str | None = Field(
        None,
        pattern=r"^\w[\w.-]{0,199}$",
        description="Column or key that holds the text of csv, tsv, jsonl and parquet; "
        "unset: `text`, `content` or `body`, else the only text column",
    )
    width: Literal["keep", "half", "full"] = Field(
        "keep", description="Fold full-width and half-width ASCII forms to one of them"
    )
    script: Literal["keep", "simplified", "traditional"] = Field(
        "keep", description="Fold traditional and simplified characters to one of them"
    )
    deduplicate: bool = Field(True, description="Leave out documents whose text came before")
    max_document_chars: int = Field(
        1_000_000, ge=1_000, le=50_000_000, description="Longer documents are cut into parts"
    )
    max_sentence_chars: int = Field(
        65_536, ge=100, le=1_000_000, description="Longer sentences are cut there"
    )
    max_record_bytes: int = Field(
        64 << 20, ge=1_000, description="Longer csv, jsonl and parquet records are rejected"
    )
    max_member_bytes: int = Field(
        20 << 30, ge=1_000, description="Compressed members that unpack to more are rejected"
    )
    max_ratio: float = Field(
        200.0, ge=1, description="Compressed members that unpack to more than this many times are rejected"
    )
    max_invalid_share: float = Field(
        0.0001,
        ge=0,
        le=0.1,
        description="Share of undecodable bytes up to which a file of a known encoding is still read",
    )
    sample: int | None = Field(None, ge=1, description="Read only the first so many documents of each file")
    shard_bytes: int = Field(
        64 << 20, ge=1_000, description="Files are read in shards of about this size, one process each"
    )


class NgramSettings(StageSettings):
    """Which character n-grams are counted and written."""

    max_order: int = Field(6, ge=1, le=16, description="Longest n-gram counted")
    min_count: int = Field(
        2, ge=1, description="Rarer n-grams of two characters and more are counted but not written"
    )


class LexiconSettings(StageSettings):
    """How words are distinguished from characters that only meet."""

    method: Literal["minlex", "nvbe", "merge", "four-step"] = Field(
        "minlex",
        description="Way the words are found: a segmenter trained without labels, branching entropy, "
        "merging neighbours while it pays, or the four reference steps",
    )
    classes: bool = Field(
        True, description="Keep runs of digits, of Latin letters and of repeated marks whole, by rule"
    )
    dates: bool = Field(True, description="Digits take a following 年, 月, 日 or 时 with them")
    numbers: bool = Field(
        True, description="Three or more Chinese numerals are one token: 六千九百万, 第一百零一, 百分之七"
    )
    seed: int = Field(0, ge=0, lt=1 << 31, description="Seed of sampling and training")
    train_chars: int = Field(
        4_000_000,
        ge=10_000,
        description="Characters of the sample that minlex trains on, merge merges in and EM fits",
    )
    max_rounds: int = Field(14, ge=1, le=50, description="minlex: rounds of training at most")
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="minlex: minutes of training after which no further round begins; the only setting by which "
        "results depend on the machine. Unset: no limit",
    )
    max_length: int = Field(
        16, ge=2, le=64, description="Longest word that is no token by rule, in characters"
    )
    min_freedom: float = Field(
        0.1,
        ge=0,
        le=1,
        description="minlex: a piece with other neighbours in at most this share of its uses is joined to the one "
        "beside it where that saves bits",
    )
    warm_start: bool = Field(
        True,
        description="minlex: keep the published segmenter and count its words anew, as long as at most a tenth of the "
        "text it learnt from has changed; so what did not change in the text hardly changes in the words",
    )
    vector_dimensions: int = Field(
        16,
        ge=0,
        le=512,
        description="minlex: dimensions of the vectors of characters and pairs that the segmenter sees; 0: none",
    )
    min_vectors: int = Field(5, ge=1, description="minlex: rarer characters and pairs have no vector")
    min_count: int = Field(5, ge=1, description="four-step: a word occurs at least this often")
    min_pmi: float = Field(
        1.0, ge=0, le=20, description="four-step: neighbours with less mutual information are cut, nats"
    )
    force: tuple[str, ...] | str = Field(
        (), description="Words that are always words and cut whole: a list, or a file with one a line"
    )
    forbid: tuple[str, ...] | str = Field(
        (), description="Words that never are words: a list, or a file with one a line"
    )
    known: tuple[str, ...] | str = Field(
        (),
        description="Words that are not news, marked in the column `known`: a list, or a file with one a line",
    )
    stop_characters: str = Field(
        "", max_length=10_000, description="Characters that are in no word of two or more characters"
    )

    @property
    def cuts_first(self) -> bool:
        """Whether the method cuts the corpus first and reads the lexicon off the words it was cut into."""
        return self.method in ("minlex", "nvbe")


class EvaluationSettings(StageSettings):
    """What the result is compared with."""

    gold: str | None = Field(
        None,
        max_length=4096,
        description="File of words separated by spaces, with or without /tag, to score against; "
        "never learnt from",
    )
    held_out_share: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of the documents that measure and that no language model learns from",
    )
    ladder_chars: int = Field(
        2_000_000,
        ge=10_000,
        description="Characters of the sample of documents that the entropy ladder learns from and is measured on",
    )
    seed: int = Field(0, ge=0, lt=1 << 31, description="Seed of both draws")


class TrainingSettings(StageSettings):
    """How a neural model is trained; each kind of model has defaults of its own."""

    epochs: int = Field(10, ge=1, le=10_000, description="Epochs at most; each ends with a validation")
    batch: int = Field(32, ge=1, le=65_536, description="Examples a step")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="Highest learning rate of the schedule")
    warmup: float = Field(
        0.05,
        ge=0,
        le=0.9,
        description="Share of the steps in which the rate rises; it falls as a cosine after",
    )
    weight_decay: float = Field(
        0.01, ge=0, le=10, description="Decay of matrices, decoupled from the gradient"
    )
    clip_norm: float = Field(1.0, gt=0, description="Longer gradients are shortened to this norm")
    averaging: float = Field(
        0.0, ge=0, lt=1, description="Decay of the moving average of the weights that is kept; 0: no average"
    )
    patience: int = Field(3, ge=1, description="Epochs without a better validation after which training ends")
    validation_share: float = Field(
        0.1, gt=0, le=0.5, description="Share of the documents that validate and are not trained on"
    )
    checkpoint_steps: int = Field(200, ge=1, description="Steps between checkpoints within an epoch")
    seed: int = Field(0, ge=0, lt=1 << 31, description="Seed of weights, order and every other draw")
    threads: int = Field(
        2, ge=1, le=256, description="Threads of training; other numbers may round sums otherwise"
    )


class LanguageModelSettings(StageSettings):
    """The language models of `minlex train lm`: character n-grams and GPT-2."""

    order: int = Field(5, ge=1, le=6, description="Order of the n-gram model: characters of a gram")
    gpt2: Literal["none", "characters", "words", "both"] = Field(
        "characters", description="What GPT-2 reads: characters, words of the lexicon, or one model of each"
    )
    layers: int = Field(2, ge=1, le=48, description="GPT-2: blocks")
    width: int = Field(
        128, ge=8, le=4_096, description="GPT-2: size of a token's vector, a multiple of heads"
    )
    heads: int = Field(4, ge=1, le=64, description="GPT-2: heads of attention")
    context: int = Field(64, ge=4, le=1_024, description="GPT-2: tokens it sees at once")
    dropout: float = Field(0.1, ge=0, lt=1, description="GPT-2: share of activations left out in training")
    words: int = Field(8_000, ge=1, le=100_000, description="GPT-2 of words: most words, by their uses")
    training: TrainingSettings = Field(
        TrainingSettings(
            epochs=4, batch=32, learning_rate=3e-3, weight_decay=0.1, patience=2, validation_share=0.05
        ),
        description="GPT-2: how it is trained",
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width must be a multiple of heads, got {self.width} and {self.heads}")
        return self


class GenerationSettings(StageSettings):
    """How text is drawn from a language model."""

    top_k: int = Field(0, ge=0, description="Draw from so many of the likeliest tokens; 0: from all")
    top_p: float = Field(
        1.0, gt=0, le=1, description="Draw from the fewest likeliest tokens that hold this probability"
    )
    temperature: float = Field(
        1.0, gt=0, le=100, description="Below 1 sharpens the probabilities, above 1 evens them out"
    )
    seed: int = Field(0, ge=0, lt=1 << 31, description="Seed of the draws")
    stop: str | None = Field(None, min_length=1, max_length=100, description="End after this text")
    min_length: int = Field(0, ge=0, le=100_000, description="Characters before which no text ends")
    max_length: int = Field(200, ge=1, le=100_000, description="Characters at which every text ends")
    number: int = Field(1, ge=1, le=10_000, description="Texts to draw")


class CrfSettings(StageSettings):
    """How the supervised segmenter is trained."""

    gold: str | None = Field(
        None, max_length=4096, description="File of gold words to learn from; a share of it is held out"
    )
    test: str | None = Field(
        None, max_length=4096, description="File of gold words to score on as well, never learnt from"
    )
    gold_format: Literal["tagged", "spaced", "conll", "bmes"] | None = Field(
        None,
        description="Format of both files: word/tag or words separated by spaces, words separated by spaces only, "
        "CoNLL columns, characters with tags; unset: detected from the first lines",
    )
    encoder: Literal["cnn", "bilstm", "cnn-reference"] = Field(
        "cnn", description="Network below the chain; cnn-reference is the plain one of the source"
    )
    output: Literal["crf", "softmax"] = Field(
        "crf", description="Tags of a text chosen together, or each by itself"
    )
    members: int = Field(
        1,
        ge=1,
        le=16,
        description="Networks trained beside each other, which cut by the mean of their scores",
    )
    lexicon: bool = Field(
        True, description="Show the network which words of the corpus's lexicon a text contains"
    )
    min_characters: int = Field(2, ge=1, description="Rarer characters of the training text are unknown ones")
    min_ngrams: int = Field(3, ge=1, description="Rarer pairs and triples of characters are unknown ones")
    vector_chars: int = Field(
        20_000_000,
        ge=0,
        description="Characters of the corpus from which vectors of characters and pairs are learnt, without labels, "
        "at 40 bytes of memory each; 0: none",
    )
    vector_dimensions: int = Field(32, ge=1, le=512, description="Dimensions of those vectors")
    min_vectors: int = Field(5, ge=1, description="Rarer characters and pairs of the corpus have no vector")
    silver: bool | None = Field(
        None, description="Learn from how the corpus was cut without labels; unset: where there is no gold"
    )
    silver_chars: int = Field(2_000_000, ge=1_000, description="Characters of the corpus learnt from so")
    confidence: float = Field(
        0.9, ge=0.5, lt=1, description="Gaps that the segmenter without labels is less sure of are left open"
    )
    gold_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of each epoch that gold makes up beside silver, repeated if need be",
    )
    training: TrainingSettings = Field(
        TrainingSettings(epochs=4, batch=128, learning_rate=4e-3, averaging=0.999, patience=3),
        description="How it is trained",
    )


class TopicSettings(StageSettings):
    """Topics of the documents: which words are looked at, how many topics, and by which model."""

    model: Literal["plsa", "vae"] = Field(
        "plsa", description="Mixture fitted by EM, or product of experts whose posterior is learned"
    )
    topics: int = Field(50, ge=2, le=1_000, description="Number of topics")
    min_documents: int = Field(5, ge=1, description="A word occurs in at least so many documents")
    max_document_share: float = Field(
        0.1, gt=0, le=1, description="A word occurs in at most this share of the documents"
    )
    min_information: float = Field(
        0.15,
        ge=0,
        le=20,
        description="A word is bunched in documents by at least so many nats more than by chance",
    )
    max_words: int = Field(5_000, ge=10, le=100_000, description="Most words, the most frequent first")
    min_tokens: int = Field(5, ge=2, description="A document with fewer of these words has no topics")
    train_documents: int = Field(
        50_000,
        ge=10,
        le=10_000_000,
        description="Documents of the sample that words and topics are learned from",
    )
    topic_prior: float = Field(
        0.02, gt=0, le=100, description="plsa: mean pseudo-count of a topic in a document, used ones above it"
    )
    word_prior: float = Field(0.02, gt=0, le=100, description="plsa: pseudo-count of each word in each topic")
    sweeps: int = Field(
        200, ge=1, le=10_000, description="plsa: passes of stochastic EM, which finds where EM starts"
    )
    iterations: int = Field(5, ge=0, le=10_000, description="plsa: EM steps at most")
    clusters: int = Field(10, ge=1, le=1_000, description="Clusters of documents on the map")
    training: TrainingSettings = Field(
        TrainingSettings(
            epochs=40, batch=200, learning_rate=2e-3, weight_decay=0.0, clip_norm=50.0, patience=5
        ),
        description="How the VAE is trained; plsa goes by its seed and its share of documents held out",
    )


class TextVaeSettings(StageSettings):
    """The VAE of a corpus's sentences: what it reads, its size, and what keeps z in use."""

    unit: Literal["characters", "words"] = Field(
        "characters",
        description="What it reads: characters, or words of the lexicon with characters for the rest",
    )
    words: int = Field(8_000, ge=1, le=100_000, description="words: the most, by their uses")
    longest: int = Field(48, ge=2, le=1_000, description="Longer sentences are cut there, in characters")
    sentences: int = Field(
        20_000,
        ge=10,
        le=10_000_000,
        description="Sentences of the sample that it is trained on and validated on",
    )
    dimensions: int = Field(16, ge=1, le=256, description="Dimensions of z")
    embedding: int = Field(128, ge=1, le=4_096, description="Size of a symbol's vector")
    width: int = Field(128, ge=1, le=4_096, description="Size of the state of encoder and decoder")
    word_dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of the symbols hidden from the decoder in training"
    )
    free_bits: float = Field(0.0, ge=0, le=100, description="Nats a dimension below which it costs no less")
    normalised: float = Field(
        0.65,
        ge=0,
        le=10,
        description="Deviation g to which the means of each dimension are normalised, so that it carries g^2 / 2 nats "
        "and more; 0: not normalised",
    )
    kl_warmup: float = Field(
        0.25, ge=0, le=1, description="Share of the steps in which the weight of the divergence rises"
    )
    draws: int = Field(
        10, ge=1, le=1_000, description="Draws of the bound that held-out documents are measured by"
    )
    shown: int = Field(
        12, ge=2, le=1_000, description="Samples, and held-out sentences written again, to keep"
    )
    training: TrainingSettings = Field(
        TrainingSettings(
            epochs=4, batch=64, learning_rate=2e-3, weight_decay=0.0, patience=2, validation_share=0.05
        ),
        description="How it is trained, and the same decoder without z beside it",
    )


class ReportSettings(StageSettings):
    """How the report is written; never changes a result."""

    lang: Language = Field("en", description="Language of the report: English or Chinese")


ENGINE = r"^(local(\[[1-9]\d{0,2}\])?|spark://[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*)$"


def _engine(master: str) -> str:
    if not re.fullmatch(ENGINE, master):
        raise ValueError("input should be local, local[THREADS] or spark://HOST:PORT")
    return master


class EngineSettings(StageSettings):
    """Where and within what bounds the work runs; never changes a result."""

    master: Annotated[str, AfterValidator(_engine)] = Field(
        "local",
        json_schema_extra={"pattern": ENGINE},
        description="Where n-grams are counted, sentences cut and probabilities fitted: local, processes of this "
        "machine; or the master of a Spark cluster, spark://host:7077; or Spark on this machine, local[2]",
    )
    workers: int | None = Field(None, ge=1, le=256, description="Processes; unset: one a core")
    memory_share: float = Field(
        0.6, gt=0, le=0.95, description="Share of the machine's or container's memory to stay within"
    )
    memory_mb: int | None = Field(
        None, ge=256, description="Memory to stay within, MB; takes the place of memory_share"
    )


class MineSettings(StageSettings):
    """All settings of `minlex mine`."""

    ingest: IngestSettings = IngestSettings()
    ngrams: NgramSettings = NgramSettings()
    lexicon: LexiconSettings = LexiconSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    report: ReportSettings = ReportSettings()
    engine: EngineSettings = EngineSettings()


# Tables of a settings file that `minlex train` reads.
TRAINED: Mapping[str, type[StageSettings]] = MappingProxyType(
    {
        kind.table: globals()[kind.settings]
        for kind in MODEL_KINDS
        if kind.table not in MineSettings.model_fields
    }
)


# A century: what is kept for longer is kept for good.
MOST_HOURS = 100 * 365 * 24
