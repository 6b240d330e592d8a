import io

import pytest

from tasks.corpus.encoding.decode import decoded
from tasks.corpus.readers.documents import pieces
from tasks.corpus.readers.text import read_text
from tasks.settings import IngestSettings
from tests.unit.corpus.reading import read

POEM = "春眠\n不觉\n\n晓处\r\n处闻\n \n\n啼鸟"


def placed(text: str, **settings) -> list[tuple[int, int, int, str]]:
    rows = read("a.txt", text.encode(), **settings).documents
    return [(row["record"], row["part"], row["offset"], row["text"]) for row in rows]


def test_lines():
    assert placed(POEM) == [
        (1, 0, 0, "春眠"),
        (2, 0, 3, "不觉"),
        (4, 0, 7, "晓处"),
        (5, 0, 11, "处闻"),
        (8, 0, 17, "啼鸟"),
    ]


def test_paragraphs():
    assert placed(POEM, unit="paragraph") == [
        (1, 0, 0, "春眠\n不觉"),
        (4, 0, 7, "晓处\n处闻"),
        (8, 0, 17, "啼鸟"),
    ]


def test_file():
    assert placed(POEM, unit="file") == [(1, 0, 0, "春眠\n不觉\n\n晓处\n处闻\n \n\n啼鸟")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_line_end(end):
    assert placed(f"甲{end}乙{end}{end}丙") == [
        (1, 0, 0, "甲"),
        (2, 0, 1 + len(end), "乙"),
        (4, 0, 2 + 3 * len(end), "丙"),
    ]


def test_white_space_is_no_document_and_none_at_all_is_a_reject():
    assert placed("\n \n\t\n甲\n\u3000\n") == [(4, 0, 5, "甲")]
    assert read("a.txt", b" \n\t\n").reasons == [(None, "empty")]
    assert read("a.txt", b"").reasons == [(None, "empty")]
    assert read("a.txt", b"\xef\xbb\xbf").reasons == [(None, "empty")]
    assert read("a.txt", b"\0\x08\xef\xbb\xbf\nabc\0\0".replace(b"abc", b"         ")).reasons == [
        (None, "empty")
    ]


def test_offsets_count_decoded_characters():
    text = "\ufeff甲\x00\n\x1b[1m乙\ne\u0301\n𠮷\n丙"
    found = [(row["offset"], row["text"]) for row in read("a.txt", text.encode()).documents]
    assert found == [(0, "甲"), (3, "乙"), (9, "é"), (12, "𠮷"), (14, "丙")]


@pytest.mark.parametrize("unit", ["line", "paragraph", "file"])
def test_long_lines_become_parts(unit):
    text = "零" * 5 + "\n\n" + "".join(chr(0x4E00 + i % 5000) for i in range(2500)) + "\n\n尾"
    rows = placed(text, unit=unit, max_document_chars=1000)
    assert "".join(row[3] for row in rows).replace("\n", "") == text.replace("\n", "")
    assert all(len(row[3]) <= 1000 for row in rows)
    for _, _, offset, part in rows:
        assert text[offset:].startswith(part)
    if unit == "line":
        assert [row[:3] for row in rows] == [(1, 0, 0), (3, 0, 7), (3, 1, 1007), (3, 2, 2007), (5, 0, 2509)]
    if unit == "file":
        assert [row[:2] for row in rows] == [(1, part) for part in range(len(rows))]


def test_a_file_is_cut_at_line_ends():
    lines = ["甲乙丙丁" * 10] * 100
    rows = placed("\n".join(lines), unit="file", max_document_chars=1000)
    assert all(row[3].count("\n") == 23 for row in rows[:-1])
    assert "\n".join(row[3] for row in rows) == "\n".join(lines)


@pytest.mark.parametrize(("end", "cut"), [("。", 951), (" ", 951), ("字", 1000)])
def test_a_cut_prefers_the_end_of_a_sentence_or_a_blank(end, cut):
    text = "字" * 950 + end + "字" * 1000
    assert [start for start, _ in pieces(text, 1000)][1] == cut


def test_a_cut_prefers_a_sentence_to_a_later_blank():
    text = "字" * 900 + "。" + "字" * 50 + " " + "字" * 1000
    assert [start for start, _ in pieces(text, 1000)][1] == 901


def test_a_cut_never_parts_a_mark_or_an_escape_sequence():
    assert [p for _, p in pieces("字" * 999 + "e\u0301\u0302" + "字" * 9, 1000)] == [
        "字" * 999,
        "e\u0301\u0302" + "字" * 9,
    ]
    assert [p for _, p in pieces("字" * 998 + "\x1b[31m" + "字" * 9, 1000)] == [
        "字" * 998,
        "\x1b[31m" + "字" * 9,
    ]


def test_text_that_grows_when_normalised_stays_within_the_limit():
    rows = placed("\u0958" * 1500, max_document_chars=1000)
    assert "".join(row[3] for row in rows) == "\u0915\u093c" * 1500
    assert [row[1] for row in rows] == list(range(len(rows)))


class _Dripping(io.BytesIO):
    def read(self, size=-1, /):
        return super().read(min(size, 1))


@pytest.mark.parametrize("unit", ["line", "paragraph", "file"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_stream_that_drips_gives_the_same(unit, encoding):
    text = POEM + "\x1b[1m甲\x1b[0m\r\r\n\n乙e\u0301\u2028丙\r\n" + "长" * 2500
    settings = IngestSettings(unit=unit, max_document_chars=1000)
    content = text.encode(encoding)
    assert list(read_text(decoded(_Dripping(content), encoding), settings)) == list(
        read_text(iter(text), settings)
    )
