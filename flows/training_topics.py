"""One `minlex train topics` from a terminal: the corpus looked at, the flow run, its figures told."""

from pathlib import Path

from flows.console import say
from flows.mining import quiet_server
from flows.training_segmenter import need_torch
from tasks.publish import home_folder, mined_settings
from tasks.settings import TopicSettings
from tasks.store import Store


def run_topics(corpus: str, home: str | None, settings: TopicSettings) -> None:
    """Learn the topics of a corpus and say how good they are; InputError before anything is written."""
    folder = home_folder(home)
    mined_settings(corpus, folder)
    if settings.model == "vae":
        need_torch()
    with quiet_server(folder):
        from flows.train_topics import train_topics

        page = train_topics(corpus, folder, settings)
    store = Store(folder)
    metrics = store.existing(corpus, "metrics", Path(page).parent.name)
    found = {row["metric"]: row["value"] for row in store.read(metrics).to_pylist()}
    say(
        f"perplexity {found['topics_perplexity']:.1f}, of plain frequencies "
        f"{found['topics_unigram_perplexity']:.1f}; coherence {found['topics_npmi_held_out']:.3f} on documents "
        f"held out, diversity {found['topics_diversity']:.2f}"
    )
    say(f"report: {page}")
