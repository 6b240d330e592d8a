import re
from xml.etree import ElementTree

import pytest

from tasks.report.plots import (
    entropy_plot,
    ladder_picture,
    ladder_plot,
    lengths_plot,
    map_plot,
    rank_plot,
    topics_plot,
)
from tests.report_findings import DOC_MAP, ENTROPIES, LADDER, LENGTHS, RANKS, TOPICS

SVG = "{http://www.w3.org/2000/svg}"
PLOTS = {
    "ladder": (ladder_plot, LADDER, {"bar": 2, "text mark": 2}),
    "lengths": (lengths_plot, LENGTHS, {"bar": 8}),
    "entropies": (entropy_plot, ENTROPIES, {"circle": 30}),
    "topics": (topics_plot, TOPICS, {"bar": 15}),
    "map": (map_plot, DOC_MAP, {"circle": 12}),
    "ranks": (rank_plot, RANKS, {"line mark": 1, "point": 20}),
}
EVERY_PLOT = pytest.mark.parametrize(("draw", "rows", "marks"), PLOTS.values(), ids=PLOTS)


def parsed(svg):
    return ElementTree.fromstring(svg)  # noqa: S314 - drawn here


@EVERY_PLOT
def test_plot_is_svg_with_a_mark_for_every_row(draw, rows, marks):
    root = parsed(draw(rows))
    assert root.tag == f"{SVG}svg"
    assert float(root.get("width")) >= 420
    roles = [element.get("aria-roledescription") for element in root.iter()]
    assert {role: roles.count(role) for role in marks} == marks


@EVERY_PLOT
def test_plot_is_the_same_each_time(draw, rows, marks):
    assert draw(rows) == draw(rows)


@EVERY_PLOT
def test_plot_of_one_row_is_drawn(draw, rows, marks):
    assert parsed(draw(rows[:1])).tag == f"{SVG}svg"


def test_plots_load_and_run_nothing():
    for draw, rows, _ in PLOTS.values():
        tags = {element.tag.removeprefix(SVG) for element in parsed(draw(rows)).iter()}
        assert tags <= {"svg", "g", "path", "text", "line", "rect", "defs", "clipPath", "circle", "style"}


def test_upper_bounds_are_marked_in_the_ladder():
    texts = [element.text for element in parsed(ladder_plot(LADDER)).iter(f"{SVG}text")]
    assert "9.50" in texts
    assert "\u2264 5.25" in texts


def test_text_in_a_plot_is_escaped():
    hostile = "<script>alert(1)</script>\"'&]]>"
    svg = ladder_plot([{"rung": hostile, "bits_per_char": 1.0, "bound": False}])
    assert "<script" not in svg
    assert any(hostile in (element.text or "") for element in parsed(svg).iter(f"{SVG}text"))


def test_shares_of_lengths_are_of_types_and_of_tokens():
    labels = [element.get("aria-label") or "" for element in parsed(lengths_plot(LENGTHS)).iter()]
    shares = [tuple(re.findall(r"word: (.*?); share: (.*?)%; of: (.*)", label)) for label in labels]
    assert [(n, round(float(share), 1), of) for [(n, share, of)] in filter(None, shares)] == [
        *(("1", 10.0, "types"), ("2", 20.0, "types"), ("3", 30.0, "types"), ("4", 40.0, "types")),
        *(("1", 48.1, "tokens"), ("2", 24.0, "tokens"), ("3", 15.9, "tokens"), ("4", 12.0, "tokens")),
    ]


def test_the_ladder_as_a_picture_has_twice_the_points_of_the_drawing():
    picture = ladder_picture(LADDER)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[start : start + 4], "big") for start in (16, 20))
    drawn = parsed(ladder_plot(LADDER))
    assert abs(width - 2 * float(drawn.get("width"))) <= 2
    assert abs(height - 2 * float(drawn.get("height"))) <= 2
    assert ladder_picture(LADDER) == picture
    assert ladder_picture([{**row, "bits_per_char": row["bits_per_char"] + 1} for row in LADDER]) != picture
