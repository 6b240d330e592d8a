"""One `minlex train crf` from a terminal: gold and corpus looked at, the flow run, the scores told."""

from flows.commands.flow_run import flow_run
from flows.console import say
from flows.outcome import output_run
from tasks.crf.gold import check_classes
from tasks.errors import need
from tasks.evaluation.gold import load_gold
from tasks.settings import CrfSettings
from tasks.store.datasets import Store
from tasks.store.publish import home_folder, mined_settings

TOLD = {"precision": "precision", "recall": "recall", "f1": "F1", "recall_oov": "recall of unseen words"}


def run_segmenter(
    corpus: str, home: str | None, settings: CrfSettings, *, recut: bool = False, as_json: bool = False
) -> None:
    """Train the CRF of a corpus and say how well it cuts; InputError before anything is written."""
    folder = home_folder(home)
    mined_settings(corpus, folder)
    need("train", "torch", what="training")
    if settings.gold is not None:
        check_classes(load_gold(settings.gold, settings.gold_format), settings.gold)
    if settings.test is not None:
        load_gold(settings.test, settings.gold_format)
    with flow_run(folder):
        from flows.train_crf import train_crf

        page = train_crf(corpus, folder, settings, recut)
    store = Store(folder)
    scores: dict[str, dict[str, float]] = {}
    for dataset in store.published_datasets(corpus, "segmentation_scores"):
        for row in store.read(dataset).to_pylist():
            scores.setdefault(row["texts"], {})[row["metric"]] = row["value"]
    if as_json:
        output_run(folder, corpus, page, scores=scores)
        return
    for texts, found in scores.items():
        told = [f"{name} {found[metric]:.4f}" for metric, name in TOLD.items() if metric in found]
        say(f"{texts}: {', '.join(told)}")
    say(f"report: {page}")
