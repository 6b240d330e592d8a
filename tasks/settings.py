"""Settings of every stage: frozen, bounded, documented, with defaults that need no tuning.

They are the forms Prefect shows, the tables of a settings file (`[ingest]`, `[ngrams]`, ...) and, but for
`EngineSettings`, part of the key of what a stage writes.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
    """How words are told from mere neighbours."""

    method: Literal["minlex", "nvbe", "merge", "four-step"] = Field(
        "minlex",
        description="Way the words are found: a segmenter trained without labels, branching entropy, "
        "merging neighbours while it pays, or the four reference steps",
    )
    classes: bool = Field(
        True, description="Keep runs of digits, of Latin letters and of repeated marks whole, by rule"
    )
    dates: bool = Field(True, description="Digits take a following 年, 月, 日 or 时 with them")
    seed: int = Field(0, ge=0, lt=1 << 31, description="Seed of sampling and training")
    train_chars: int = Field(
        4_000_000,
        ge=10_000,
        description="Characters of the sample that minlex trains on, merge merges in and EM fits",
    )
    max_rounds: int = Field(10, ge=1, le=50, description="minlex: rounds of training at most")
    max_length: int = Field(8, ge=2, le=16, description="four-step, merge: longest word, in characters")
    min_count: int = Field(5, ge=1, description="four-step: a word occurs at least this often")
    min_pmi: float = Field(
        1.0, ge=0, le=20, description="four-step: neighbours with less mutual information are cut, nats"
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
        description="File of words parted by blanks, with or without /tag, to score against; "
        "never learnt from",
    )


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


class EngineSettings(StageSettings):
    """Where and within what bounds the work runs; never changes a result."""

    workers: int | None = Field(None, ge=1, le=256, description="Processes; unset: one a core")
    memory_share: float = Field(
        0.6, gt=0, le=0.95, description="Share of the machine's or container's memory to stay within"
    )
    memory_mb: int | None = Field(
        None, ge=256, description="Memory to stay within, MB; takes the place of memory_share"
    )


class MineSettings(StageSettings):
    """Everything that `minlex mine` can be told."""

    ingest: IngestSettings = IngestSettings()
    ngrams: NgramSettings = NgramSettings()
    lexicon: LexiconSettings = LexiconSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    engine: EngineSettings = EngineSettings()
