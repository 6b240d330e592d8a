"""Write the report of a run, and show it in Prefect."""

import base64
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tasks.errors import InputError
from tasks.recording import in_flow_run, task
from tasks.report.findings import Findings, find_findings
from tasks.report.news import find_news
from tasks.report.page import render_page
from tasks.report.plots import ladder_picture
from tasks.report.rungs import named_rungs
from tasks.report.samples import with_others
from tasks.report.strings import STRINGS
from tasks.segment.segmenters import load_segmenter
from tasks.settings import Language, MineSettings
from tasks.store.catalog import create_views
from tasks.store.connection import connect_for
from tasks.store.datasets import Store
from tasks.store.files import write_atomically
from tasks.store.history import RunNotes
from tasks.store.runs import Run
from tasks.unigram.segmenter import UnigramSegmenter

NEEDED = (
    "sentences",
    "ngrams",
    "tokens",
    "words",
    "lexicon",
    "lexicon_decisions",
    "rejects",
    "entropy_ladder",
)

logger = logging.getLogger(__name__)


@task()
def write_report(run: Run) -> str:
    """Write the page about the corpus as the run sees it, in the language of its settings; return where it is."""
    store, found = run.store, _findings(run)
    page = store.corpus(run.corpus).report(run.run_id) / "index.html"
    lang = MineSettings.model_validate(run.state().settings or {}).report.lang
    write_atomically(page, render_page(_about(run), found, lang))
    run.set_state(report=str(page.relative_to(store.home)))
    if in_flow_run():
        _show(run, found, page)
    logger.info("report on corpus %s: %s", run.corpus, page)
    return str(page)


def translate_report(store: Store, corpus: str, page: Path, lang: Language) -> Path:
    """Write the newest report, whose page is given, in another language as well; return where that page is.

    InputError when what the report is about has been removed since.
    """
    run = Run(run_id=page.parent.name, corpus=corpus, home=str(store.home))
    if not run.noted("run"):
        raise InputError(
            f"the report of corpus {corpus!r} is not there in {lang!r} and its run's notes are gone; mine it again"
        )
    translated = page.with_name(f"{lang}.html")
    write_atomically(translated, render_page(_about(run), _findings(run), lang))
    return translated


def _findings(run: Run) -> Findings:
    current = run.current()
    missing = [table for table in NEEDED if not current.get(table)]
    if missing:
        raise InputError(f"corpus {run.corpus!r} has no {missing[0]} to report on; mine it first")
    notes = RunNotes(run)
    metrics, checks, lineage = (notes.noted(kind) for kind in ("metrics", "checks", "lineage"))
    with connect_for(run) as duck:
        create_views(duck, run.store, "main", current)
        found = find_findings(duck, metrics, checks, lineage, current)
    lexicon = cast(UnigramSegmenter, load_segmenter(run.store, current, run.state(), "lexicon"))
    return replace(found, news=find_news(notes, run.run_id), samples=with_others(found.samples, lexicon))


def _show(run: Run, found: Findings, page: Path) -> None:
    """Put the report's place, a summary and the ladder among the artifacts of the flow run."""
    from prefect.artifacts import create_image_artifact, create_link_artifact, create_markdown_artifact

    corpus = run.corpus.replace("_", "-")
    create_link_artifact(
        link=page.as_uri(), key=f"report-{corpus}", description=f"Report on corpus {run.corpus}"
    )
    create_markdown_artifact(
        markdown=_summary(run, found, page),
        key=f"summary-{corpus}",
        description=f"Corpus {run.corpus} in short, after run {run.run_id}",
    )
    if not found.ladder:
        return
    # The picture itself is the address: a browser elsewhere reaches the server, not the home.
    picture = base64.b64encode(ladder_picture(named_rungs(found.ladder, "en"), STRINGS["en"])).decode("ascii")
    create_image_artifact(
        image_url=f"data:image/png;base64,{picture}",
        key=f"ladder-{corpus}",
        description=f"Entropy ladder of corpus {run.corpus}: bits a character, rung by rung",
    )


def _about(run: Run) -> dict[str, Any]:
    begun = run.noted("run")[0]
    return {
        "corpus": run.corpus,
        "run_id": run.run_id,
        "version": begun["version"],
        "started": begun["started"][:16].replace("T", " ") + " UTC",
        "settings": json.dumps(json.loads(begun["settings"]), indent=2, ensure_ascii=False),
    }


def _summary(run: Run, found: Findings, page: Path) -> str:
    words = "\n".join(
        f"| `{_plain(row['word'])}` | {row['count']:,} | {row['gain']:,.0f} |" for row in found.top_words[:20]
    )
    rungs = "\n".join(f"| `{rung['rung']}` | {rung['bits_per_char']:.2f} |" for rung in found.ladder)
    head = "| rung of the ladder | bits a character |\n|---|---:|\n"
    ladder = head + rungs if rungs else STRINGS["en"]["ladder_none"]
    broken = [check for check in found.checks if not check["passed"]]
    return (
        f"## Corpus {run.corpus}\n\n"
        f"[Report]({page.as_uri()}), on the machine of the run: `minlex report --corpus {run.corpus} --open`\n\n"
        f"{len(found.checks) - len(broken)} of {len(found.checks)} checks passed.\n\n"
        f"{ladder}\n\n"
        f"| word | count | gain, bits |\n|---|---:|---:|\n{words}\n"
    )


def _plain(word: str) -> str:
    return "".join("\N{REPLACEMENT CHARACTER}" if c in "`|\\<>" or not c.isprintable() else c for c in word)
