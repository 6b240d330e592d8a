"""Texts drawn from a model of the corpus and kept."""

from flows.parameters import CorpusName, HomeFolder, tag_with_corpus
from tasks.checks.task import check
from tasks.generation.task import keep_generations
from tasks.recording import flow
from tasks.settings import GenerationSettings
from tasks.store.publish import mined_settings, working_on

DEFAULTS = GenerationSettings()


@flow(name="generate-text", flow_run_name="text of {corpus}", on_running=[tag_with_corpus])
def generate_text(
    corpus: CorpusName,
    kind: str = "ngram-lm",
    prompt: str = "",
    home: HomeFolder = None,
    settings: GenerationSettings = DEFAULTS,
) -> None:
    """Draw texts from a language model of the corpus and keep them in its table `generations`.

    Args:
        corpus: Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter, no SQL keyword.
        kind: Model to draw from: ngram-lm, gpt2-char, gpt2-word or text-vae.
        prompt: Text to go on from; empty begins a document.
        home: Folder of the lake, models and reports; unset: MINLEX_HOME, else data.
        settings: How texts are drawn and when they end.
    """
    with working_on(corpus, home, mined_settings(corpus, home)) as run:
        keep_generations(run, kind, prompt, settings)
        check(run, ["generations"])
