import re
from xml.etree import ElementTree

import pytest

from tasks.report.plots import (
    association_plot,
    entropy_plot,
    ladder_picture,
    ladder_plot,
    lengths_plot,
    map_plot,
    memory_plot,
    orders_plot,
    rank_plot,
    seconds_plot,
    topics_plot,
)
from tasks.report.strings import STRINGS
from tests.report_findings import (
    ASSOCIATION,
    DOC_MAP,
    ENTROPIES,
    LADDER,
    LENGTHS,
    ORDERS,
    RANKS,
    STEPS,
    TOPICS,
)

T = STRINGS["en"]
STAGES = [vars(step) for step in STEPS]
SVG = "{http://www.w3.org/2000/svg}"
# Of each plot the rows, how many marks of which kind they make, and the titles of its axes and legend.
PLOTS = {
    "ladder": (ladder_plot, LADDER, {"rect": 2, "text": 2}, ["axis_bits"]),
    "lengths": (
        lengths_plot,
        LENGTHS,
        {"rect": 8},
        ["axis_length", "axis_share", "series_types", "series_tokens"],
    ),
    "entropies": (entropy_plot, ENTROPIES, {"symbol": 30}, ["axis_left", "axis_right"]),
    "topics": (topics_plot, TOPICS, {"rect": 15}, []),
    "map": (map_plot, DOC_MAP, {"symbol": 12}, ["axis_first", "axis_second"]),
    "ranks": (rank_plot, RANKS, {"line": 1, "symbol": 20}, ["axis_rank", "axis_count"]),
    "orders": (orders_plot, ORDERS, {"line": 2, "symbol": 12}, ["axis_rank", "axis_count", "axis_order"]),
    "association": (
        association_plot,
        ASSOCIATION,
        {"symbol": 10},
        ["axis_count", "axis_pmi", "series_kept", "series_dropped"],
    ),
    "seconds": (seconds_plot, STAGES, {"rect": 2}, ["axis_stage_seconds"]),
    "memory": (memory_plot, STAGES, {"rect": 2}, ["axis_stage_mb"]),
}
EVERY_PLOT = pytest.mark.parametrize(("draw", "rows", "marks", "titles"), PLOTS.values(), ids=PLOTS)


def parsed(svg):
    return ElementTree.fromstring(svg)  # noqa: S314 - drawn here


@EVERY_PLOT
def test_plot_is_svg_with_a_mark_for_every_row(draw, rows, marks, titles):
    root = parsed(draw(rows, T))
    assert root.tag == f"{SVG}svg"
    assert 250 < float(root.get("width")) < (1000 if draw is topics_plot else 400)
    groups = [g for g in root.iter(f"{SVG}g") if "role-mark" in g.get("class", "")]
    drawn = {f"mark-{kind}": 0 for kind in marks}
    for group in groups:
        kind = group.get("class").split()[0]
        drawn[kind] = drawn.get(kind, 0) + len(group)
    assert {kind: drawn[f"mark-{kind}"] for kind in marks} == marks


@EVERY_PLOT
@pytest.mark.parametrize("lang", STRINGS)
def test_titles_are_in_the_language_of_the_page(draw, rows, marks, titles, lang):
    shown = {"".join(element.itertext()) for element in parsed(draw(rows, STRINGS[lang])).iter(f"{SVG}text")}
    assert {STRINGS[lang][title] for title in titles} <= shown


def test_marks_are_placed_to_a_hundredth_of_a_point():
    for draw, rows, *_ in PLOTS.values():
        drawn = re.findall(r' (?:d|transform)="([^"]*)"', draw(rows, T))
        assert drawn
        assert not re.search(r"\d\.\d{3}", "".join(drawn))


@EVERY_PLOT
def test_plot_is_the_same_each_time(draw, rows, marks, titles):
    assert draw(rows, T) == draw(rows, T)


@EVERY_PLOT
def test_plot_of_one_row_is_drawn(draw, rows, marks, titles):
    assert parsed(draw(rows[:1], T)).tag == f"{SVG}svg"


def test_plots_load_and_run_nothing():
    for draw, rows, *_ in PLOTS.values():
        tags = {element.tag.removeprefix(SVG) for element in parsed(draw(rows, T)).iter()}
        assert tags <= {"svg", "g", "path", "text", "line", "rect", "defs", "clipPath", "circle", "style"}


def test_upper_bounds_are_marked_in_the_ladder():
    texts = [element.text for element in parsed(ladder_plot(LADDER, T)).iter(f"{SVG}text")]
    assert "9.50" in texts
    assert "\u2264 5.25" in texts


def test_the_families_of_the_ladder_have_colours_of_their_own_and_a_legend():
    root = parsed(ladder_plot(LADDER, T))
    bars = [path for path in root.iter(f"{SVG}path") if path.get("aria-roledescription") == "bar"]
    assert len({path.get("fill") for path in bars}) == 2
    shown = {"".join(element.itertext()) for element in root.iter(f"{SVG}text")}
    assert {"characters", "words"} <= shown


def test_text_in_a_plot_is_escaped():
    hostile = "<script>alert(1)</script>\"'&]]>"
    svg = ladder_plot([{"name": hostile, "family": "words", "bits_per_char": 1.0, "bound": False}], T)
    assert "<script" not in svg
    assert any(hostile in (element.text or "") for element in parsed(svg).iter(f"{SVG}text"))


def test_shares_of_lengths_are_of_types_and_of_tokens():
    labels = [element.get("aria-label") or "" for element in parsed(lengths_plot(LENGTHS, T)).iter()]
    shares = [tuple(re.findall(r"word: (.*?); share: (.*?)%; of: (.*)", label)) for label in labels]
    assert [(n, round(float(share), 1), of) for [(n, share, of)] in filter(None, shares)] == [
        *(("1", 10.0, "types"), ("2", 20.0, "types"), ("3", 30.0, "types"), ("4", 40.0, "types")),
        *(("1", 48.1, "tokens"), ("2", 24.0, "tokens"), ("3", 15.9, "tokens"), ("4", 12.0, "tokens")),
    ]


def test_the_ladder_as_a_picture_has_twice_the_points_of_the_drawing():
    picture = ladder_picture(LADDER, T)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[start : start + 4], "big") for start in (16, 20))
    drawn = parsed(ladder_plot(LADDER, T))
    assert abs(width - 2 * float(drawn.get("width"))) <= 2
    assert abs(height - 2 * float(drawn.get("height"))) <= 2
    assert ladder_picture(LADDER, T) == picture
    assert (
        ladder_picture([{**row, "bits_per_char": row["bits_per_char"] + 1} for row in LADDER], T) != picture
    )
