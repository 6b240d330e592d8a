"""The report's pictures: Altair charts drawn to SVG here, so that the page needs no script or network."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl
import vl_convert

Row = dict[str, Any]
Chart = alt.Chart | alt.LayerChart | alt.FacetChart

INK, ACCENT, GRID = "#57606a", "#0f766e", "#8b949e"
WIDTH, HEIGHT = 420, 240


def ladder_plot(ladder: Sequence[Row]) -> str:
    """Draw bits per character, rung by rung, as SVG; upper bounds are paler and marked so."""
    return _drawn(_ladder_chart(ladder))


def ladder_picture(ladder: Sequence[Row]) -> bytes:
    """Draw what `ladder_plot` draws as a PNG on white, for pages that take pictures only."""
    return vl_convert.vegalite_to_png(_styled(_ladder_chart(ladder), background="white").to_json(), scale=2)


def _ladder_chart(ladder: Sequence[Row]) -> alt.LayerChart:
    frame = pl.DataFrame(ladder).select("rung", "bits_per_char", "bound")
    signs = {False: "", True: "\N{LESS-THAN OR EQUAL TO} "}
    shown = [f"{signs[row['bound']]}{row['bits_per_char']:.2f}" for row in ladder]
    frame = frame.with_columns(figure=pl.Series(shown))
    base = alt.Chart(frame).encode(
        x=alt.X("bits_per_char:Q", title="bits a character"), y=alt.Y("rung:N", sort=None, title=None)
    )
    bars = base.mark_bar(color=ACCENT).encode(
        opacity=alt.Opacity("bound:N", legend=None, scale=alt.Scale(domain=[False, True], range=[1.0, 0.55]))
    )
    figures = base.mark_text(align="left", dx=4, color=INK).encode(text="figure:N")
    return (bars + figures).properties(width=WIDTH, height=40 + 20 * len(ladder))


def lengths_plot(lengths: Sequence[Row]) -> str:
    """Draw how many types and tokens have each length."""
    frame = pl.DataFrame(lengths).select(
        pl.col("length"),
        (pl.col("types") / pl.col("types").sum()).alias("types"),
        (pl.col("tokens") / pl.col("tokens").sum()).alias("tokens"),
    )
    chart = (
        alt.Chart(frame.unpivot(index="length", variable_name="of", value_name="share"))
        .mark_bar()
        .encode(
            x=alt.X("length:O", title="characters in a word"),
            xOffset="of:N",
            y=alt.Y("share:Q", title="share", axis=alt.Axis(format="%")),
            color=alt.Color("of:N", title=None, scale=alt.Scale(range=[ACCENT, GRID])),
        )
    )
    return svg(chart)


def entropy_plot(words: Sequence[Row]) -> str:
    """Draw how free each word's neighbours are, before and after it."""
    chart = (
        alt.Chart(pl.DataFrame(words))
        .mark_circle(color=ACCENT, opacity=0.45)
        .encode(
            x=alt.X("left_entropy:Q", title="left branching entropy, nats"),
            y=alt.Y("right_entropy:Q", title="right branching entropy, nats"),
            size=alt.Size("count:Q", legend=None, scale=alt.Scale(range=[8, 220])),
        )
    )
    return svg(chart)


def rank_plot(ranks: Sequence[Row]) -> str:
    """Draw count against rank, both on logarithmic scales."""
    chart = (
        alt.Chart(pl.DataFrame(ranks))
        .mark_line(color=ACCENT, point={"color": ACCENT, "size": 14})
        .encode(
            x=alt.X("rank:Q", scale=alt.Scale(type="log"), title="rank"),
            y=alt.Y("count:Q", scale=alt.Scale(type="log"), title="count"),
        )
    )
    return svg(chart)


def topics_plot(topics: Sequence[Row]) -> str:
    """Draw the words of each topic as bars of their probability, topics in the order of their share."""
    rows = [
        {"topic": f"{topic['topic']}: {topic['share']:.1%}", "word": word, "probability": p, "rank": rank}
        for topic in topics[:_TOPICS_DRAWN]
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


def map_plot(documents: Sequence[Row]) -> str:
    """Draw documents on the plane, those of the ten most frequent topics in colours of their own."""
    frame = pl.DataFrame(documents).select(
        "x", "y", topic=pl.format("{}: {}", "topic", "word"), number="topic"
    )
    often = frame["topic"].value_counts().sort(["count", "topic"], descending=[True, False])["topic"][:10]
    named = frame.with_columns(
        topic=pl.when(pl.col("topic").is_in(often.to_list())).then("topic").otherwise(pl.lit("other"))
    )
    chart = (
        alt.Chart(named)
        .mark_circle(size=14, opacity=0.6)
        .encode(
            x=alt.X("x:Q", title="first axis"),
            y=alt.Y("y:Q", title="second axis"),
            color=alt.Color("topic:N", title=None, scale=alt.Scale(scheme="tableau20")),
        )
    )
    return svg(chart)


_TOPICS_DRAWN = 50


def svg(chart: alt.Chart | alt.LayerChart, height: int = HEIGHT) -> str:
    """Return a chart in the report's colours as SVG."""
    return _drawn(chart.properties(width=WIDTH, height=height))


def _drawn(chart: Chart) -> str:
    return vl_convert.vegalite_to_svg(_styled(chart).to_json())


def _styled(chart: Chart, background: str = "transparent") -> Chart:
    return (
        # Room at the left, since a reader's font may be wider than the one that labels were measured with.
        chart.properties(background=background, padding={"left": 14, "top": 5, "right": 5, "bottom": 5})
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=INK, gridColor=GRID, gridOpacity=0.25, domainColor=GRID, tickColor=GRID
        )
        .configure_legend(labelColor=INK, titleColor=INK)
    )
