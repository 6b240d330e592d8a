from tasks.report.explorer import CARDS, explorer_data, find_lexicon
from tasks.report.strings import STRINGS
from tests.report_findings import lexicon
from tests.tiny_corpus import lexicon_row, rows, views_of


def test_words_come_by_gain_single_characters_last_with_decisions_and_lines():
    with views_of(rows()) as views:
        found = find_lexicon(views)
    assert [row["word"] for row in found.words] == ["科学", "名著", "中外", "。"]
    assert found.total == 4
    assert found.decisions["科学"] == ("kept", "pmi 0.50 below 1.00")
    assert found.contexts["科学"] == [("中外", "。"), ("", " 名著"), ("", "名著")]
    assert found.contexts["名著"] == [("科学 ", ""), ("科学", "")]


def test_lines_are_the_first_three_of_different_documents():
    tables = rows()
    tables["sentences"] = [
        {"doc_id": doc, "sentence_no": number, "start": 0, "chars": 4, "text": f"{doc}科学{number}"}
        for doc in (5, 3, 4, 9)
        for number in (0, 1)
    ]
    tables["tokens"] = [
        {"doc_id": row["doc_id"], "sentence_no": row["sentence_no"], "start": 1, "word": "科学"}
        for row in tables["sentences"]
    ]
    with views_of(tables) as views:
        assert find_lexicon(views).contexts == {"科学": [("3", "0"), ("4", "0"), ("5", "0")]}


def test_an_empty_lexicon_has_no_explorer():
    with views_of(rows() | {"lexicon": []}) as views:
        assert find_lexicon(views) is None


def test_columns_are_as_long_as_the_lexicon_and_cards_as_their_bound():
    data = explorer_data(lexicon("科学", CARDS + 5), STRINGS["en"])
    assert {len(data[name]) for name in ("word", "parts", "known", "gain", "pmi")} == {CARDS + 5}
    assert len(data["cards"]) == CARDS
    assert data["cards"][1] == ["", []]
    assert data["word"][-1] == f"w{CARDS + 4}"
    assert data["known"][:3] == [0, 1, 0]


def test_figures_are_rounded_and_missing_ones_stay_missing():
    tables = rows()
    tables["lexicon"] = [lexicon_row("科学", 3, 0.5, 1.23456) | {"gain": 30.6, "pmi": None}]
    with views_of(tables) as views:
        data = explorer_data(find_lexicon(views), STRINGS["en"])
    assert (data["gain"], data["pmi"], data["bits"]) == ([31.0], [None], [1.23])
