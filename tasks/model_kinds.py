"""The kinds of models that commands train, declared once for tables, settings, the store and generation.

Classes and functions are given by name, since commands that use one kind must not import the others.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ModelKind:
    """A kind of trained model.

    `trained_by` is the command that trains it, `table` its table of a settings file, and `settings` the class of
    `tasks.settings` for that table. `load` is the import path of a function from arrays and config to a
    `NextTokenModel`; None if the kind generates no text.
    """

    name: str
    trained_by: str
    table: str
    settings: str
    load: str | None = None


MODEL_KINDS = (
    ModelKind(name="segmenter", trained_by="mine PATH", table="lexicon", settings="LexiconSettings"),
    ModelKind(name="crf", trained_by="train crf", table="crf", settings="CrfSettings"),
    ModelKind(name="topics", trained_by="train topics", table="topics", settings="TopicSettings"),
    ModelKind(
        name="text-vae",
        trained_by="train text-vae",
        table="text_vae",
        settings="TextVaeSettings",
        load="tasks.generation.models:text_vae_model",
    ),
    ModelKind(
        name="ngram-lm",
        trained_by="train lm",
        table="lm",
        settings="LanguageModelSettings",
        load="tasks.generation.models:ngram_model",
    ),
    ModelKind(
        name="gpt2-char",
        trained_by="train lm --gpt2 characters",
        table="lm",
        settings="LanguageModelSettings",
        load="tasks.generation.models:gpt2_model",
    ),
    ModelKind(
        name="gpt2-word",
        trained_by="train lm --gpt2 words",
        table="lm",
        settings="LanguageModelSettings",
        load="tasks.generation.models:gpt2_model",
    ),
)


def model_kind(name: str) -> ModelKind:
    """Return the kind of model called `name`; ValueError when there is none."""
    kinds = {kind.name: kind for kind in MODEL_KINDS}
    if name not in kinds:
        raise ValueError(f"kind must be one of {', '.join(kinds)}; got {name!r}")
    return kinds[name]
