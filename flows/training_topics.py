"""One `minlex train topics` from a terminal: the corpus looked at, the flow run, its figures told."""

from flows.commands.flow_run import flow_run
from flows.console import say
from flows.outcome import figures_of, output_run
from tasks.errors import need
from tasks.settings import TopicSettings
from tasks.store.publish import home_folder, mined_settings


def run_topics(corpus: str, home: str | None, settings: TopicSettings, *, as_json: bool = False) -> None:
    """Learn the topics of a corpus and say how good they are; InputError before anything is written."""
    folder = home_folder(home)
    mined_settings(corpus, folder)
    if settings.model == "vae":
        need("train", "torch", what="training")
    with flow_run(folder):
        from flows.train_topics import train_topics

        page = train_topics(corpus, folder, settings)
    if as_json:
        output_run(folder, corpus, page)
        return
    found = {metric: value for (_, metric), value in figures_of(folder, corpus, page).items()}
    say(
        f"perplexity {found['topics_perplexity']:.1f}, of plain frequencies "
        f"{found['topics_unigram_perplexity']:.1f}; coherence {found['topics_npmi_held_out']:.3f} on documents "
        f"held out, diversity {found['topics_diversity']:.2f}"
    )
    say(f"report: {page}")
