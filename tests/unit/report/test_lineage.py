from dataclasses import replace
from xml.etree import ElementTree

from tasks.report.lineage import WIDTH, find_outputs, find_steps
from tasks.report.page import render_page
from tasks.report.strings import STRINGS
from tests.report_findings import LINEAGE, NOTHING, about, findings

SVG = "{http://www.w3.org/2000/svg}"


def row(stage, output, source, **other):
    names = dict(zip(("output_table", "output_key"), output, strict=True)) | dict(
        zip(("input_table", "input_key"), source, strict=True)
    )
    figures = {"rows": 10, "bytes": 100, "seconds": 2.0, "peak_mb": 50.0, "reused": True}
    return {"stage": stage} | names | figures | other


def drawing(page):
    start = page.index('<svg xmlns="http://www.w3.org/2000/svg" class="lineage"')
    return ElementTree.fromstring(page[start : page.index("</svg>", start) + 6])  # noqa: S314 - drawn here


def test_what_a_stage_took_counts_once_however_much_it_read_and_wrote():
    ingest, cut = find_steps(LINEAGE)
    assert (ingest.stage, ingest.tables, ingest.reads) == (
        "ingest_corpus",
        ("documents", "sentences"),
        ((None, "files"),),
    )
    assert (ingest.rows, ingest.bytes, ingest.seconds, ingest.peak_mb) == (14, 3_000_000, 0.5, 210.0)
    assert (cut.rows, cut.bytes, cut.seconds, cut.peak_mb) == (7, 1_500_000, 0.5, 321.0)
    assert cut.reads == (("ingest_corpus", "sentences"), (None, "lexicon"))


def test_datasets_of_several_batches_add_up():
    [counted] = find_steps(
        [
            row("count", ("shards", "k1"), ("sentences", "s1"), peak_mb=70.0),
            row("count", ("shards", "k2"), ("sentences", "s2"), reused=False),
            row("count", ("shards", "k2"), ("duplicates", "d2"), reused=False),
        ]
    )
    assert (counted.rows, counted.bytes, counted.seconds, counted.peak_mb) == (20, 200, 4.0, 70.0)
    assert not counted.reused
    assert find_steps([row("count", ("shards", "k1"), ("sentences", "s1"))])[0].reused


def test_a_table_of_an_earlier_run_comes_from_the_stage_that_writes_it_now():
    steps = find_steps(
        [row("count", ("shards", "new"), ("files", "f")), row("add", ("ngrams", "n"), ("shards", "old"))]
    )
    assert steps[1].reads == (("count", "shards"),)


def test_a_model_that_two_stages_write_is_read_from_the_one_that_wrote_it():
    steps = find_steps(
        [
            row("train_segmenter", ("models", "m1"), ("samples", "s")),
            row("cut", ("tokens", "t"), ("models", "m1")),
            row("train_crf", ("models", "m2"), ("tokens", "t")),
        ]
    )
    assert [step.reads for step in steps[1:]] == [(("train_segmenter", "models"),), (("cut", "tokens"),)]


def test_outputs_name_each_input_once():
    assert [(row["output_table"], row["inputs"]) for row in find_outputs(LINEAGE)] == [
        ("documents", "files"),
        ("sentences", "files"),
        ("tokens", "sentences, lexicon"),
    ]


def test_every_stage_and_source_is_drawn_with_an_arc_for_each_that_it_reads_and_said_in_words():
    for lang, strings in STRINGS.items():
        drawn = drawing(render_page(about("x"), findings("x"), lang))
        texts = [element.text for element in drawn.iter(f"{SVG}text")]
        assert texts == [
            "files",
            "lexicon",
            "ingest_corpus",
            "documents, sentences",
            "cut_sentences",
            "tokens",
        ]
        arcs = [path for path in drawn.iter(f"{SVG}path") if path.get("class") == "arc"]
        assert len(arcs) == 3
        said = strings["lineage_step"].format(
            stage="cut_sentences", tables="tokens", reads="sentences, lexicon"
        )
        assert said in drawn.find(f"{SVG}desc").text
        assert float(drawn.get("width")) == WIDTH < 345
        height = float(drawn.get("height"))
        assert all(0 < float(element.get("y")) < height for element in drawn.iter(f"{SVG}text"))


def test_a_stage_that_reads_what_it_wrote_itself_has_no_arc_to_itself():
    steps = find_steps([row("merge", ("lexicon", "k1"), ("lexicon", "k0"))])
    drawn = drawing(render_page(about("x"), replace(findings("x"), steps=steps)))
    assert [path for path in drawn.iter(f"{SVG}path") if path.get("class") == "arc"] == []


def test_a_page_without_lineage_has_no_drawing():
    assert "<svg" not in render_page(about("x"), NOTHING)
