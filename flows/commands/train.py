"""The commands `minlex train KIND`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.flow_run import flow_run
from flows.commands.options import Corpus, Home, Json, Quiet
from flows.commands.setting_options import Given, Offered, with_settings
from flows.commands.summary import say_crf, say_ladder, say_text_vae, say_topics
from minlex.settings import training_settings
from tasks.settings import CrfSettings, LanguageModelSettings, TextVaeSettings, TopicSettings

commands = typer.Typer(
    no_args_is_help=True,
    help="Train a model on a mined corpus. The same command resumes what was interrupted.",
)

CRF, TOPICS, LM, TEXT_VAE = CrfSettings(), TopicSettings(), LanguageModelSettings(), TextVaeSettings()
TRAINING = ("epochs", "seed", "threads")
SettingsFile = Annotated[
    Path | None, typer.Option(help="TOML file with a table of this kind of model: [crf], [crf.training], ...")
]


@commands.command()
@with_settings(
    Offered("crf", CRF, ("gold", "gold_format", "test", "silver", "encoder", "output")),
    Offered("training", CRF.training, TRAINING),
)
def crf(
    corpus: Corpus,
    given: Given,
    home: Home = None,
    recut: Annotated[
        bool, typer.Option("--recut", help="Segment the corpus with it: fills `tokens`, `words`.")
    ] = False,
    settings: SettingsFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a segmenter: a conditional random field on gold words, on the mined ones, or on both.

    A share of the documents is held out; it decides when to stop, and measures the model. Use it by
    `minlex segment --model crf`.

    Example: `minlex train crf --corpus demo --gold words.txt`
    """
    run_crf(
        corpus, home, training_settings(CrfSettings, "crf", settings, **_merged(given)), recut, as_json=json
    )


@commands.command()
@with_settings(
    Offered("lm", LM, ("gpt2", "order", "layers", "width")), Offered("training", LM.training, TRAINING)
)
def lm(
    corpus: Corpus,
    given: Given,
    home: Home = None,
    settings: SettingsFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train language models: character n-grams, and GPT-2 from scratch on characters or words.

    They learn from the documents that the entropy ladder does not hold out, and take their place on it.

    Example: `minlex train lm --corpus demo --gpt2 both`
    """
    chosen = training_settings(LanguageModelSettings, "lm", settings, **_merged(given))
    run_lm(corpus, home, chosen, as_json=json)


@commands.command()
@with_settings(Offered("topics", TOPICS, ("model", "topics")), Offered("training", TOPICS.training, TRAINING))
def topics(
    corpus: Corpus,
    given: Given,
    home: Home = None,
    settings: SettingsFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn what the documents are about: topics of words, and which topics each document has.

    Stop words are recognised by how often and how evenly they occur. A tenth of the documents is held out; topics
    that predict it worse than plain word frequencies are refused. Fills the tables `topics`, `doc_topics`, `doc_map`.

    Example: `minlex train topics --corpus demo --topics 30`
    """
    chosen = training_settings(TopicSettings, "topics", settings, **_merged(given))
    run_topics(corpus, home, chosen, as_json=json)


@commands.command("text-vae")
@with_settings(
    Offered("text_vae", TEXT_VAE, ("unit", "dimensions", "sentences")),
    Offered("training", TEXT_VAE.training, TRAINING),
)
def text_vae(
    corpus: Corpus,
    given: Given,
    home: Home = None,
    settings: SettingsFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a VAE of the corpus's sentences: each is written from a point z, near those of similar sentences.

    The same decoder without z is trained beside it, which shows what z is worth. It learns from documents that the
    entropy ladder does not hold out, and its bound takes its place there. Fills the table `vae_texts`.

    Example: `minlex train text-vae --corpus demo`, then `minlex generate --corpus demo --model text-vae`
    """
    chosen = training_settings(TextVaeSettings, "text_vae", settings, **_merged(given))
    run_text_vae(corpus, home, chosen, as_json=json)


def run_crf(
    corpus: str, home: str | None, settings: CrfSettings, recut: bool = False, *, as_json: bool = False
) -> None:
    """Train the CRF of a corpus and report its scores; InputError before anything is written."""
    from minlex.corpus import Corpus as Mined
    from minlex.training import train_crf

    mined = Mined(corpus, home)
    with flow_run(mined.home):
        page = train_crf(mined, settings, recut=recut)
    say_crf(mined.home, corpus, str(page), as_json=as_json)


def run_lm(corpus: str, home: str | None, settings: LanguageModelSettings, *, as_json: bool = False) -> None:
    """Train the language models of a corpus and report the ladder; InputError before anything is written."""
    from minlex.corpus import Corpus as Mined
    from minlex.training import train_lm

    mined = Mined(corpus, home)
    with flow_run(mined.home):
        page = train_lm(mined, settings)
    say_ladder(mined.home, corpus, str(page), as_json=as_json)


def run_topics(corpus: str, home: str | None, settings: TopicSettings, *, as_json: bool = False) -> None:
    """Learn the topics of a corpus and report their quality; InputError before anything is written."""
    from minlex.corpus import Corpus as Mined
    from minlex.training import train_topics

    mined = Mined(corpus, home)
    with flow_run(mined.home):
        page = train_topics(mined, settings)
    say_topics(mined.home, corpus, str(page), as_json=as_json)


def run_text_vae(corpus: str, home: str | None, settings: TextVaeSettings, *, as_json: bool = False) -> None:
    """Train the text VAE of a corpus and report what z is worth; InputError before anything is written."""
    from minlex.corpus import Corpus as Mined
    from minlex.training import train_text_vae

    mined = Mined(corpus, home)
    with flow_run(mined.home):
        page = train_text_vae(mined, settings)
    say_text_vae(mined.home, corpus, str(page), as_json=as_json)


def _merged(given: Given) -> dict[str, Any]:
    """Return the settings given in all tables; those of training are known by their names."""
    return {name: value for values in given.values() for name, value in values.items()}
