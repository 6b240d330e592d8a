"""The result of a flow run, for people and for machines: its report and the figures that it measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.commands.console import output_json, say

Figures = dict[tuple[str, str], float]

# For each way to state what a character costs, its rungs, the best first.
COSTS = {
    "by its frequency": ("char_unigram",),
    "in words": ("word_bigram_marginal", "lexicon_marginal"),
    "after the 4 before it": ("kn5",),
}


def figures_of(folder: str, corpus: str, page: str) -> Figures:
    """Return what each stage of the run that wrote `page` measured, by stage and metric."""
    from tasks.store.datasets import Store  # the help of a command does without

    store = Store(folder)
    metrics = store.corpus(corpus).existing("metrics", Path(page).parent.name)
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


CRF_SCORES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "recall_oov": "recall of unseen words",
}


def say_crf(folder: str, corpus: str, page: str, *, as_json: bool) -> None:
    """Report the scores of a CRF."""
    scores: dict[str, dict[str, float]] = {}
    for row in _published(folder, corpus, "segmentation_scores"):
        scores.setdefault(row["texts"], {})[row["metric"]] = row["value"]
    if as_json:
        output_run(folder, corpus, page, scores=scores)
        return
    for texts, found in scores.items():
        figures = [f"{name} {found[metric]:.4f}" for metric, name in CRF_SCORES.items() if metric in found]
        say(f"{texts}: {', '.join(figures)}")
    say(f"report: {page}")


def say_ladder(folder: str, corpus: str, page: str, *, as_json: bool) -> None:
    """Report what a character costs by each language model."""
    rungs = sorted(_published(folder, corpus, "entropy_ladder"), key=lambda row: row["step"])
    if as_json:
        output_run(folder, corpus, page, entropy_ladder=rungs)
        return
    for row in rungs:
        at_most = " at most" if row["bound"] else ""
        say(f"{row['bits_per_char']:8.3f} bits a character{at_most}  {row['rung']}")
    say(f"report: {page}")


def say_topics(folder: str, corpus: str, page: str, *, as_json: bool) -> None:
    """Report how good topics are."""
    if as_json:
        output_run(folder, corpus, page)
        return
    found = {metric: value for (_, metric), value in figures_of(folder, corpus, page).items()}
    say(
        f"perplexity {found['topics_perplexity']:.1f}, of plain frequencies "
        f"{found['topics_unigram_perplexity']:.1f}; coherence {found['topics_npmi_held_out']:.3f} on held-out "
        f"documents, diversity {found['topics_diversity']:.2f}"
    )
    say(f"report: {page}")


def say_text_vae(folder: str, corpus: str, page: str, *, as_json: bool) -> None:
    """Report what z is worth to a VAE."""
    if as_json:
        output_run(folder, corpus, page)
        return
    found = {metric: value for (_, metric), value in figures_of(folder, corpus, page).items()}
    say(
        f"bits a character of unseen documents: {found['text_vae_iwae_bits']:.3f} at most, "
        f"{found['text_vae_twin_bits']:.3f} the same decoder without z"
    )
    say(
        f"z carries {found['text_vae_kl']:.1f} nats of a sentence in {found['text_vae_active_units']:.0f} "
        f"dimensions; {found['text_vae_reconstruction_accuracy']:.0%} of its symbols are reconstructed in place"
    )
    say(f"report: {page}")


def _published(folder: str, corpus: str, table: str) -> list[dict[str, Any]]:
    from tasks.store.datasets import Store

    store = Store(folder)
    return [
        row for made in store.corpus(corpus).published_datasets(table) for row in store.read(made).to_pylist()
    ]
