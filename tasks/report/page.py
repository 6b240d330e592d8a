"""The report as one HTML page: no script, no network, every text from the corpus escaped."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tasks.report.crf import curves_plot
from tasks.report.findings import Findings, Row
from tasks.report.plots import (
    entropy_plot,
    ladder_plot,
    lengths_plot,
    map_plot,
    rank_plot,
    svg,
    topics_plot,
)

TEMPLATE = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
CRF = files(__package__).joinpath("crf.html.j2").read_text(encoding="utf-8")
STYLE = files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def render_page(about: Mapping[str, Any], findings: Findings) -> str:
    """Return the page; `about` gives corpus, run_id, version, started and settings."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=_number, figure=_figure, visible=_visible, share=_share)
    plots = {
        "ladder": _plot(ladder_plot, findings.ladder),
        "lengths": _plot(lengths_plot, findings.lengths),
        "entropies": _plot(entropy_plot, findings.entropies),
        "ranks": _plot(rank_plot, findings.ranks),
        "topics": _plot(topics_plot, [_topic(row) for row in findings.topics]),
        "map": _plot(map_plot, [row | {"word": _visible(row["word"])} for row in findings.doc_map]),
    }
    crf = Markup()
    if findings.crf is not None:
        curves = _plot(lambda rows: svg(curves_plot(rows)), findings.crf.curves)
        crf = Markup(environment.from_string(CRF).render(crf=findings.crf, curves=curves))  # noqa: S704
    # The style and the SVG are ours, and vl-convert escapes the text it draws.
    return environment.from_string(TEMPLATE).render(
        about=about,
        found=findings,
        plots=plots,
        crf=crf,
        style=Markup(STYLE),  # noqa: S704
    )


def _plot(draw: Callable[[Any], str], rows: Any) -> Markup:
    return Markup(draw(rows) if rows else "")  # noqa: S704 - see render_page


def _topic(row: Row) -> Row:
    return {**row, "words": [_visible(word) for word in row["words"]]}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
