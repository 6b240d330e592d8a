"""The report's pictures: Altair charts drawn to SVG here, so that the page needs no script or network.

Every picture takes rows and the strings of the page's language. It is as wide as a phone at most, legend on top, so
that its labels can be read there; wider windows enlarge it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl
import vl_convert

Row = dict[str, Any]
Strings = Mapping[str, str]
Chart = alt.Chart | alt.LayerChart | alt.FacetChart

INK, ACCENT, GRID = "#57606a", "#0f766e", "#8b949e"
WIDTH, HEIGHT, BARS = 280, 190, 220
TOPICS_DRAWN = 50
TABLEAU = (
    "#4c78a8",
    "#f58518",
    "#e45756",
    "#72b7b2",
    "#54a24b",
    "#eeca3b",
    "#b279a2",
    "#ff9da6",
    "#9d755d",
    "#1b9e77",
)
FAMILIES = (TABLEAU[0], ACCENT, TABLEAU[6], TABLEAU[1], GRID)
LOGARITHM = alt.Scale(type="log")


def ladder_plot(ladder: Sequence[Row], t: Strings) -> str:
    """Draw bits per character, rung by rung, as SVG, a colour a family; upper bounds are paler and marked so."""
    return _drawn(_ladder_chart(ladder, t))


def ladder_picture(ladder: Sequence[Row], t: Strings) -> bytes:
    """Draw what `ladder_plot` draws as a PNG on white, for pages that take pictures only."""
    return vl_convert.vegalite_to_png(
        _styled(_ladder_chart(ladder, t), background="white").to_json(), scale=2
    )


def _ladder_chart(ladder: Sequence[Row], t: Strings) -> alt.LayerChart:
    frame = pl.DataFrame(ladder).select("name", "bits_per_char", "bound", "family")
    signs = {False: "", True: "\N{LESS-THAN OR EQUAL TO} "}
    shown = [f"{signs[row['bound']]}{row['bits_per_char']:.2f}" for row in ladder]
    frame = frame.with_columns(figure=pl.Series(shown))
    base = alt.Chart(frame).encode(
        x=alt.X("bits_per_char:Q", title=t["axis_bits"]),
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=200)),
    )
    families = frame["family"].unique(maintain_order=True).to_list()
    bars = base.mark_bar().encode(
        color=alt.Color(
            "family:N",
            title=None,
            scale=alt.Scale(domain=families, range=list(FAMILIES[: len(families)])),
            legend=alt.Legend(columns=2, labelLimit=150),
        ),
        opacity=alt.Opacity("bound:N", legend=None, scale=alt.Scale(domain=[False, True], range=[1.0, 0.55])),
    )
    figures = base.mark_text(align="left", dx=4, color=INK).encode(text="figure:N")
    return (bars + figures).properties(width=BARS, height=40 + 20 * len(ladder))


def lengths_plot(lengths: Sequence[Row], t: Strings) -> str:
    """Draw how many types and tokens have each length."""
    frame = pl.DataFrame(lengths).select(
        pl.col("length"),
        (pl.col("types") / pl.col("types").sum()).alias(t["series_types"]),
        (pl.col("tokens") / pl.col("tokens").sum()).alias(t["series_tokens"]),
    )
    series = [t["series_types"], t["series_tokens"]]
    chart = (
        alt.Chart(frame.unpivot(index="length", variable_name="of", value_name="share"))
        .mark_bar()
        .encode(
            x=alt.X("length:O", title=t["axis_length"], axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("of:N", sort=series),
            y=alt.Y("share:Q", title=t["axis_share"], axis=alt.Axis(format="%")),
            color=alt.Color("of:N", title=None, scale=alt.Scale(domain=series, range=[ACCENT, GRID])),
        )
    )
    return svg(chart)


def entropy_plot(words: Sequence[Row], t: Strings) -> str:
    """Draw how free each word's neighbours are, before and after it."""
    chart = (
        alt.Chart(pl.DataFrame(words))
        .mark_circle(color=ACCENT, opacity=0.45, aria=False)
        .encode(
            x=alt.X("left_entropy:Q", title=t["axis_left"]),
            y=alt.Y("right_entropy:Q", title=t["axis_right"]),
            size=alt.Size("count:Q", legend=None, scale=alt.Scale(range=[8, 220])),
        )
    )
    return svg(chart)


def rank_plot(ranks: Sequence[Row], t: Strings) -> str:
    """Draw count against rank, both on logarithmic scales."""
    chart = (
        alt.Chart(pl.DataFrame(ranks))
        .mark_line(color=ACCENT, point={"color": ACCENT, "size": 14}, aria=False)
        .encode(
            x=alt.X("rank:Q", scale=LOGARITHM, title=t["axis_rank"], axis=_powers(ranks, "rank")),
            y=alt.Y("count:Q", scale=LOGARITHM, title=t["axis_count"], axis=_powers(ranks, "count")),
        )
    )
    return svg(chart)


def orders_plot(orders: Sequence[Row], t: Strings) -> str:
    """Draw the counts of n-grams against their rank, a line for each order, on logarithmic scales."""
    chart = (
        alt.Chart(pl.DataFrame(orders))
        .mark_line(point={"size": 10}, aria=False)
        .encode(
            x=alt.X("rank:Q", scale=LOGARITHM, title=t["axis_rank"], axis=_powers(orders, "rank")),
            y=alt.Y("count:Q", scale=LOGARITHM, title=t["axis_count"], axis=_powers(orders, "count")),
            color=alt.Color("length:O", title=t["axis_order"], scale=alt.Scale(range=list(TABLEAU))),
        )
    )
    return svg(chart)


def association_plot(candidates: Sequence[Row], t: Strings) -> str:
    """Draw the PMI of candidates against their count on a logarithmic scale, those kept over those dropped."""
    names = {False: t["series_dropped"], True: t["series_kept"]}
    frame = pl.DataFrame(candidates).with_columns(
        pl.col("kept").replace_strict(names, return_dtype=pl.String)
    )
    colours = alt.Scale(domain=list(names.values()), range=[GRID, ACCENT])
    chart = (
        alt.Chart(frame)
        .mark_circle(size=14, opacity=0.6, aria=False)
        .encode(
            x=alt.X("count:Q", scale=LOGARITHM, title=t["axis_count"], axis=_powers(candidates, "count")),
            y=alt.Y("pmi:Q", title=t["axis_pmi"]),
            color=alt.Color("kept:N", title=None, scale=colours),
        )
    )
    return svg(chart)


def seconds_plot(steps: Sequence[Row], t: Strings) -> str:
    """Draw the seconds of each stage as bars."""
    return _stage_bars(steps, "seconds", t["axis_stage_seconds"])


def memory_plot(steps: Sequence[Row], t: Strings) -> str:
    """Draw the peak memory at the end of each stage as bars."""
    return _stage_bars(steps, "peak_mb", t["axis_stage_mb"])


def _stage_bars(steps: Sequence[Row], column: str, title: str) -> str:
    chart = (
        alt.Chart(pl.DataFrame(steps).select("stage", column))
        .mark_bar(color=ACCENT)
        .encode(
            x=alt.X(f"{column}:Q", title=title, axis=alt.Axis(tickCount=5)),
            y=alt.Y("stage:N", sort=None, title=None),
        )
    )
    return _drawn(chart.properties(width=BARS, height=20 + 18 * len(steps)))


def topics_plot(topics: Sequence[Row], t: Strings) -> str:
    """Draw the words of each topic as bars of their probability, topics in the order of their share."""
    rows = [
        {"topic": f"{topic['topic']}: {topic['share']:.1%}", "word": word, "probability": p, "rank": rank}
        for topic in topics[:TOPICS_DRAWN]
        for rank, (word, p) in enumerate(zip(topic["words"], topic["probabilities"], strict=True))
    ]
    bars = (
        alt.Chart(pl.DataFrame(rows))
        .mark_bar(color=ACCENT)
        .encode(
            x=alt.X("probability:Q", title=None, axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y("word:N", sort=alt.SortField("rank"), title=None),
        )
        .properties(width=90, height=150)
    )
    order = list(dict.fromkeys(row["topic"] for row in rows))
    chart = bars.facet(alt.Facet("topic:N", sort=order, title=None), columns=5).resolve_scale(
        x="independent", y="independent"
    )
    return _drawn(chart)


def map_plot(documents: Sequence[Row], t: Strings) -> str:
    """Draw documents on the plane, those of the ten most frequent topics in colours of their own."""
    frame = pl.DataFrame(documents).select(
        "x", "y", topic=pl.format("{}: {}", "topic", "word"), number="topic"
    )
    often = frame["topic"].value_counts().sort(["count", "topic"], descending=[True, False])["topic"][:10]
    named = frame.with_columns(
        topic=pl.when(pl.col("topic").is_in(often.to_list()))
        .then("topic")
        .otherwise(pl.lit(t["series_other"]))
    )
    names, colours = [*often, t["series_other"]], [*TABLEAU[: len(often)], GRID]
    chart = (
        alt.Chart(named)
        .mark_circle(size=14, opacity=0.6, aria=False)
        .encode(
            x=alt.X("x:Q", title=t["axis_first"]),
            y=alt.Y("y:Q", title=t["axis_second"]),
            color=alt.Color("topic:N", title=None, scale=alt.Scale(domain=names, range=colours)),
        )
    )
    return svg(chart)


def svg(chart: alt.Chart | alt.LayerChart, height: int = HEIGHT) -> str:
    """Return a chart in the report's colours as SVG."""
    return _drawn(chart.properties(width=WIDTH, height=height))


def _powers(rows: Sequence[Row], column: str) -> alt.Axis:
    """Return an axis for a logarithm, marked at the powers of ten up to the greatest value."""
    greatest = max(row[column] for row in rows)
    return alt.Axis(values=[10**power for power in range(len(str(greatest)) + 1)], format="~s")


def _drawn(chart: Chart) -> str:
    # A hundredth of a point cannot be seen, and thousands of marks have many more digits than that.
    return re.sub(r' (?:d|transform)="[^"]*"', _rounded, vl_convert.vegalite_to_svg(_styled(chart).to_json()))


def _rounded(attribute: re.Match[str]) -> str:
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", attribute[0])


def _styled(chart: Chart, background: str = "transparent") -> Chart:
    return (
        # Room at the left, since a reader's font may be wider than the one that labels were measured with.
        chart.properties(background=background, padding={"left": 14, "top": 5, "right": 5, "bottom": 5})
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=INK, gridColor=GRID, gridOpacity=0.25, domainColor=GRID, tickColor=GRID
        )
        .configure_header(labelColor=INK, titleColor=INK)
        .configure_legend(labelColor=INK, titleColor=INK, orient="top", columns=3, labelLimit=110)
    )
