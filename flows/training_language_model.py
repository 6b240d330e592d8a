"""One `minlex train lm` from a terminal: the corpus looked at, the flow run, the ladder told."""

from flows.commands.flow_run import flow_run
from flows.console import say
from flows.outcome import output_run
from tasks.lm.networks import need_gpt2
from tasks.settings import LanguageModelSettings
from tasks.store.datasets import Store
from tasks.store.publish import home_folder, mined_settings


def run_language_model(
    corpus: str, home: str | None, settings: LanguageModelSettings, *, as_json: bool = False
) -> None:
    """Train the language models of a corpus and say what a character costs; InputError before anything is written."""
    folder = home_folder(home)
    mined_settings(corpus, folder)
    if settings.gpt2 != "none":
        need_gpt2()
    with flow_run(folder):
        from flows.train_language_model import train_language_model

        page = train_language_model(corpus, folder, settings)
    store = Store(folder)
    rungs = [
        row
        for dataset in store.published_datasets(corpus, "entropy_ladder")
        for row in store.read(dataset).to_pylist()
    ]
    rungs.sort(key=lambda row: row["step"])
    if as_json:
        output_run(folder, corpus, page, entropy_ladder=rungs)
        return
    for row in rungs:
        say(
            f"{row['bits_per_char']:8.3f} bits a character{' at most' if row['bound'] else ''}  {row['rung']}"
        )
    say(f"report: {page}")
