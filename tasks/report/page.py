"""The report as one HTML page: no network, no script but ours, every text from the corpus escaped.

Its content security policy names our scripts by their SHA-256 and forbids any other.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tasks.report.crf import curves_plot
from tasks.report.explorer import CARDS, LABELS, explorer_data
from tasks.report.findings import CANDIDATES, Findings, Row
from tasks.report.lineage import draw_lineage
from tasks.report.plots import (
    association_plot,
    entropy_plot,
    ladder_plot,
    lengths_plot,
    map_plot,
    memory_plot,
    orders_plot,
    rank_plot,
    seconds_plot,
    svg,
    topics_plot,
)
from tasks.report.rungs import named_rungs
from tasks.report.strings import STRINGS, named
from tasks.report.text import script_json, visible
from tasks.settings import Language

STYLE, THEME, EXPLORER = (
    files(__package__).joinpath(name).read_text(encoding="utf-8")
    for name in ("report.css", "theme.js", "explorer.js")
)


def render_page(about: Mapping[str, Any], findings: Findings, lang: Language = "en") -> str:
    """Return the page; `about` gives corpus, run_id, version, started and settings."""
    environment = Environment(
        loader=PackageLoader("tasks", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, figure=_figure, visible=visible, share=_share, sha256=_sha256)
    t = STRINGS[lang]
    environment.filters["named"] = lambda identifier, kind: named(t, kind, identifier)
    ladder = named_rungs(findings.ladder, lang)
    stages = [vars(step) for step in findings.steps]
    drawn: dict[str, tuple[Callable[[Any, Mapping[str, str]], str], Sequence[Row]]] = {
        "ladder": (ladder_plot, ladder),
        "lengths": (lengths_plot, findings.lengths),
        "entropies": (entropy_plot, findings.entropies),
        "ranks": (rank_plot, findings.ranks),
        "orders": (orders_plot, findings.orders),
        "association": (association_plot, findings.association),
        "seconds": (seconds_plot, stages),
        "memory": (memory_plot, stages),
        "topics": (topics_plot, [_topic(row) for row in findings.topics]),
        "map": (map_plot, [row | {"word": visible(row["word"])} for row in findings.doc_map]),
    }
    plots = {name: _plot(draw, rows, t) for name, (draw, rows) in drawn.items()}
    lineage = draw_lineage(findings.steps, environment, t)
    crf = Markup()
    if findings.crf is not None:
        curves = _plot(lambda rows, t: svg(curves_plot(rows, t)), findings.crf.curves, t)
        section = environment.get_template("crf.html.j2")
        crf = Markup(section.render(crf=findings.crf, curves=curves, t=t))  # noqa: S704
    vae = Markup()
    if findings.text_vae is not None:
        curves = _plot(lambda rows, t: svg(curves_plot(rows, t)), findings.text_vae.curves, t)
        section = environment.get_template("text_vae.html.j2")
        shown = {"vae": findings.text_vae, "metrics": findings.metrics, "curves": curves, "t": t}
        vae = Markup(section.render(shown))  # noqa: S704
    scripts, explorer = [THEME], Markup()
    if findings.lexicon is not None:
        scripts.append(EXPLORER)
        labels = {key: t[key] for key in LABELS}
        explorer = Markup(script_json(explorer_data(findings.lexicon, t) | {"labels": labels}))  # noqa: S704
    # The style, the scripts and the SVG are ours, and vl-convert escapes the text it draws.
    return environment.get_template("report.html.j2").render(
        about=about,
        found=findings,
        news=findings.news,
        plots=plots,
        lineage=Markup(lineage),  # noqa: S704 - its template escapes what it is given
        crf=crf,
        vae=vae,
        lang=lang,
        ladder=ladder,
        families=[(family, list(rungs)) for family, rungs in groupby(ladder, itemgetter("family"))],
        t=t,
        cards=CARDS,
        candidates=CANDIDATES,
        explorer=explorer,
        scripts=[Markup(script) for script in scripts],  # noqa: S704
        style=Markup(STYLE),  # noqa: S704
    )


def _plot(draw: Callable[[Any, Mapping[str, str]], str], rows: Any, t: Mapping[str, str]) -> Markup:
    return Markup(draw(rows, t) if rows else "")  # noqa: S704 - see render_page


def _topic(row: Row) -> Row:
    return {**row, "words": [visible(word) for word in row["words"]]}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _sha256(script: str) -> str:
    return b64encode(hashlib.sha256(script.encode()).digest()).decode()
