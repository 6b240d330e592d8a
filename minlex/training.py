"""Train the models of a corpus: what is needed is checked first, then the flow runs and writes the report."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from minlex.settings import training_settings
from tasks.errors import need
from tasks.settings import CrfSettings, LanguageModelSettings, StageSettings, TextVaeSettings, TopicSettings

if TYPE_CHECKING:
    from minlex.corpus import Corpus

Given = Mapping[str, Any]
Kind = TypeVar("Kind", bound=StageSettings)


def train_crf(corpus: "Corpus", given: CrfSettings | Given, *, recut: bool = False) -> Path:
    """Train the CRF segmenter; `recut` segments the corpus with it. InputError before anything is written."""
    settings = _chosen(CrfSettings, "crf", given)
    _ = corpus.settings
    need("train", "torch", what="training")
    from tasks.crf.gold import check_classes
    from tasks.evaluation.gold import load_gold

    if settings.gold is not None:
        check_classes(load_gold(settings.gold, settings.gold_format), settings.gold)
    if settings.test is not None:
        load_gold(settings.test, settings.gold_format)
    from flows.train_crf import train_crf

    return Path(train_crf(corpus.name, corpus.home, settings, recut))


def train_topics(corpus: "Corpus", given: TopicSettings | Given) -> Path:
    """Learn the topics; InputError before anything is written."""
    settings = _chosen(TopicSettings, "topics", given)
    _ = corpus.settings
    if settings.model == "vae":
        need("train", "torch", what="training")
    from flows.train_topics import train_topics

    return Path(train_topics(corpus.name, corpus.home, settings))


def train_lm(corpus: "Corpus", given: LanguageModelSettings | Given) -> Path:
    """Train the language models; InputError before anything is written."""
    settings = _chosen(LanguageModelSettings, "lm", given)
    _ = corpus.settings
    if settings.gpt2 != "none":
        from tasks.lm.networks import need_gpt2

        need_gpt2()
    from flows.train_language_model import train_language_model

    return Path(train_language_model(corpus.name, corpus.home, settings))


def train_text_vae(corpus: "Corpus", given: TextVaeSettings | Given) -> Path:
    """Train the VAE of the sentences; InputError before anything is written."""
    settings = _chosen(TextVaeSettings, "text_vae", given)
    _ = corpus.settings
    need("train", "torch", what="training")
    from flows.train_text_vae import train_text_vae

    return Path(train_text_vae(corpus.name, corpus.home, settings))


def _chosen(kind: type[Kind], table: str, given: Kind | Given) -> Kind:
    return training_settings(kind, table, None, **given) if isinstance(given, Mapping) else given
