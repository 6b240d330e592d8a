"""What a flow run of a corpus came to, for people and for machines: its report and the figures it measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.console import output_json, say
from tasks.store.datasets import Store

Figures = dict[tuple[str, str], float]

# Of each way to tell what a character costs, the rungs that say it, the best first.
COSTS = {
    "by its frequency": ("char_unigram",),
    "in words": ("word_bigram_marginal", "lexicon_marginal"),
    "after the 4 before it": ("kn5",),
}


def figures_of(folder: str, corpus: str, page: str) -> Figures:
    """Return what each stage of the run that wrote `page` measured, by stage and metric."""
    store = Store(folder)
    metrics = store.existing(corpus, "metrics", Path(page).parent.name)
    return {(row["stage"], row["metric"]): row["value"] for row in store.read(metrics).to_pylist()}


def output_run(folder: str, corpus: str, page: str, **more: Any) -> None:
    """Write the run as one JSON object: corpus, run_id, report, its figures as stage.metric, and `more`."""
    figures = {".".join(names): value for names, value in figures_of(folder, corpus, page).items()}
    output_json(
        {"corpus": corpus, "run_id": Path(page).parent.name, "report": page, "figures": figures, **more}
    )


def say_mined(folder: str, corpus: str, page: str) -> None:
    """Say what mining came to."""
    figures = figures_of(folder, corpus, page)
    documents = figures["ingest_corpus", "documents"]
    say(
        f"{documents:.0f} documents, {figures['ingest_corpus', 'duplicates']:.0f} duplicates left out, "
        f"{figures['ingest_corpus', 'rejects']:.0f} rejects; {figures['cut_sentences', 'tokens']:.0f} tokens "
        f"of {figures['count_words', 'types']:.0f} types"
    )
    costs = [
        f"{bits:.2f} {how}"
        for how, rungs in COSTS.items()
        if (bits := _bits_per_character(figures, rungs)) is not None
    ]
    if costs:
        say(f"bits a character of unseen documents: {', '.join(costs)}")
    if ("score_tokens", "f1") in figures:
        precision, recall, f1 = (figures["score_tokens", name] for name in ("precision", "recall", "f1"))
        say(f"against gold: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")
    say(f"report: {page}")


def _bits_per_character(figures: Figures, rungs: Sequence[str]) -> float | None:
    """Return the cost of the first of some rungs that the run climbed."""
    found = (figures.get(("climb_ladder", f"bits_per_char_{rung}")) for rung in rungs)
    return next((bits for bits in found if bits is not None), None)
