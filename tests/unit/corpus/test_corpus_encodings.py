import os

import numpy as np
import pytest

from tasks.corpus.encoding.common_characters import score
from tests.unit.corpus.reading import read

SIMPLIFIED = (
    "一个国家的文化，总是在自己的土地上生长起来的。我们今天所说的语言，也是千百年来人民共同创造的财富。"
    "他从北京回来以后，就把这件事情告诉了大家，可是没有人相信。第二天早上，学校的老师带着学生到河边去种树。"
)
TRADITIONAL = (
    "一個國家的文化，總是在自己的土地上生長起來的。我們今天所說的語言，也是千百年來人民共同創造的財富。"
    "他從北京回來以後，就把這件事情告訴了大家，可是沒有人相信。第二天早上，學校的老師帶著學生到河邊去種樹。"
)
POEM = "空山不見人但聞人語響返景入深林復照青苔上獨坐幽篁裡彈琴復長嘯深林人不知明月來相照"
FRENCH = "Le café était fermé, déjà à cette heure où l'on mangeait des crêpes près de la forêt. "
GERMAN = "Über den Wäldern lag schöner Nebel; die Mädchen gingen für größere Bäume zurück nach Köln. "
RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. "
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗い所で泣いていた。"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 "


def encoding_of(content: bytes, name: str = "a.txt", **settings) -> str:
    result = read(name, content, unit="file", **settings)
    found = {row["encoding"] for row in result.documents} | {row["reason"] for row in result.rejects}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("codec", "recorded"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
    ],
)
def test_simplified_text_in_each_encoding(codec, recorded):
    result = read("a.txt", SIMPLIFIED.encode(codec), unit="file")
    assert result.texts == [SIMPLIFIED]
    assert result.documents[0]["encoding"] == recorded
    assert result.documents[0]["replaced"] == 0


@pytest.mark.parametrize("codec", ["big5", "cp950", "big5hkscs"])
def test_traditional_text_in_big5(codec):
    result = read("a.txt", TRADITIONAL.encode(codec), unit="file")
    assert (result.texts, result.documents[0]["encoding"]) == ([TRADITIONAL], "big5hkscs")


def test_characters_that_only_one_kind_of_big5_has():
    hong_kong = TRADITIONAL + "佢哋喺嗰度噉樣瞓覺"
    result = read("a.txt", hong_kong.encode("big5hkscs"), unit="file")
    assert (result.texts, result.documents[0]["encoding"]) == ([hong_kong], "big5hkscs")
    microsoft = TRADITIONAL + "€"
    result = read("a.txt", microsoft.encode("cp950"), unit="file")
    assert (result.texts, result.documents[0]["encoding"]) == ([microsoft], "cp950")


def test_four_byte_gb18030():
    text = SIMPLIFIED + "𠮷\u4dae㐂"
    assert read("a.txt", text.encode("gb18030"), unit="file").texts == [text]


@pytest.mark.parametrize(("mark", "codec"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_utf16_with_a_mark(mark, codec):
    for text in (SIMPLIFIED, "plain English", "𠮷 😀"):
        result = read("a.txt", mark + text.encode(codec), unit="file")
        assert (result.texts, result.documents[0]["encoding"]) == ([text], codec)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["plain English\nof two lines", SIMPLIFIED, POEM])
def test_utf16_without_a_mark(codec, text):
    result = read("a.txt", text.encode(codec), unit="file")
    assert (result.texts, result.documents[0]["encoding"]) == ([text], codec)


def snippets(text: str, size: int, codec: str) -> list[bytes]:
    rng = np.random.default_rng(7)
    starts = rng.integers(len(text) - size, size=40)
    return [text[start : start + size].encode(codec) for start in starts]


@pytest.mark.parametrize(
    ("text", "codec", "recorded"),
    [
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (POEM, "big5", "big5hkscs"),
        (POEM, "gb18030", "gb18030"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
    ],
)
def test_snippets_of_twenty_characters(text, codec, recorded):
    assert [encoding_of(snippet) for snippet in snippets(text, 20, codec)] == [recorded] * 40


def test_a_suffix_speaks_for_its_encoding():
    rare = "龘靐齉爩麤灪籱龗吁麣鸘鸜"
    assert encoding_of(rare.encode("gb18030")) == "unknown_encoding"
    assert encoding_of("驚鸞鶴".encode("gb18030"), "a.gbk") == "gb18030"
    assert encoding_of("驚鸞鶴".encode("big5"), "a.big5") == "big5hkscs"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(np.random.default_rng(1).bytes(100), id="random-100"),
        pytest.param(np.random.default_rng(2).bytes(5000), id="random-5000"),
        pytest.param(np.random.default_rng(3).bytes(3 << 20), id="random-3M"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + np.random.default_rng(4).bytes(2000), id="png"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0" + bytes(400), id="elf"),
        pytest.param(bytes(1000), id="zeros"),
        pytest.param(b"\xff\xfe\0\0" + "甲乙丙".encode("utf-32-le"), id="utf-32"),
        pytest.param((FRENCH * 3).encode("latin-1"), id="french"),
        pytest.param(FRENCH.encode("latin-1"), id="french-short"),
        pytest.param((FRENCH * 3).encode("mac-roman"), id="french-mac"),
        pytest.param(GERMAN.encode("latin-1"), id="german"),
        pytest.param(RUSSIAN.encode("cp1251"), id="russian-1251"),
        pytest.param((RUSSIAN * 3).encode("koi8-r"), id="russian-koi8"),
        pytest.param(JAPANESE.encode("euc-jp"), id="japanese-euc"),
        pytest.param(JAPANESE.encode("shift-jis"), id="japanese-sjis"),
        pytest.param(KOREAN.encode("euc-kr"), id="korean-euc"),
        pytest.param((KOREAN * 20).encode("euc-kr"), id="korean-euc-long"),
        pytest.param((FRENCH * 3).encode("latin-1") + b"\0", id="french-nul"),
    ],
)
def test_what_is_not_text_is_rejected(content):
    assert encoding_of(content) == "unknown_encoding"


def test_the_whole_stream_is_validated():
    clean = (SIMPLIFIED * 8000 + "\n").encode()
    result = read("a.txt", clean + os.urandom(100_000))
    assert (result.documents, result.reasons) == ([], [(None, "unknown_encoding")])
    late = ("a" * 79 + "\n").encode() * 30_000 + SIMPLIFIED.encode("gb18030")
    assert read("a.txt", late, max_document_chars=10_000_000, unit="file").texts[0].endswith(SIMPLIFIED)


def test_a_few_undecodable_bytes_are_replaced_and_counted():
    content = (SIMPLIFIED * 1000).encode()
    result = read("a.txt", content + b"\n\xff\xfe\xc0\n", unit="line")
    assert result.texts[-1] == "\ufffd" * 3
    assert [row["replaced"] for row in result.documents] == [0, 3]
    assert read("a.txt", content[:2000] + b"\xff").reasons == [(None, "unknown_encoding")]
    assert read("a.txt", content[:1998] + b"\xff", max_invalid_share=0.01).documents[0]["replaced"] == 1


def test_a_few_undecodable_bytes_of_gb18030():
    content = (SIMPLIFIED * 1000).encode("gb18030") + b"\n\xff\xff\n"
    result = read("a.txt", content)
    assert result.documents[-1]["encoding"] == "gb18030"
    assert (result.texts[-1], result.documents[-1]["replaced"]) == ("\ufffd\ufffd", 2)


def test_utf8_cut_within_a_character():
    content = (SIMPLIFIED * 1000).encode()[:-1]
    row = read("a.txt", content, unit="file").documents[0]
    assert (row["text"][-2:], row["replaced"]) == ("\ufffd\ufffd", 2)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_with_an_odd_byte_or_lone_surrogates(codec):
    mark = "\ufeff".encode(codec)
    long = SIMPLIFIED * 1000
    row = read("a.txt", mark + long.encode(codec) + b"A", unit="file").documents[0]
    assert (row["text"], row["replaced"]) == (long + "\ufffd", 1)
    for lone in ("\ud800", "\udc80", "\udbff\ud800"):
        content = mark + (long + lone + "好").encode(codec, "surrogatepass")
        row = read("a.txt", content, unit="file").documents[0]
        assert (row["text"], row["replaced"]) == (long + "\ufffd" * len(lone) + "好", len(lone))
    content = mark + (long + "\ud83d").encode(codec, "surrogatepass")
    assert read("a.txt", content, unit="file").documents[0]["replaced"] == 1
    assert read("a.txt", mark + SIMPLIFIED.encode(codec) + b"A").reasons == [(None, "unknown_encoding")]


def test_surrogates_encoded_into_utf8_are_still_utf8():
    content = "你\ud800好\ud83d\ude00！".encode("utf-8", "surrogatepass")
    row = read("a.txt", content).documents[0]
    assert (row["text"], row["replaced"], row["encoding"]) == ("你\ufffd好\ufffd\ufffd！", 3, "utf-8")


def test_nul_in_utf8_is_dropped_and_counted():
    row = read("a.txt", "你\0好\0吗".encode()).documents[0]
    assert (row["text"], row["replaced"], row["encoding"]) == ("你好吗", 2, "utf-8")


def test_mostly_ascii_with_a_little_gb18030_is_not_taken_for_damaged_utf8():
    content = b"x" * 2_000_000 + "\n中文的人在这里说了一句话。\n".encode("gbk")
    assert read("a.txt", content).texts[-1] == "中文的人在这里说了一句话。"


def test_an_undecodable_file_shows_its_beginning():
    (reject,) = read("a.txt", FRENCH.encode("latin-1")).rejects
    assert reject["excerpt"].startswith("Le caf\\xe9 ")


def test_score_is_high_for_text_and_low_for_what_was_decoded_wrongly():
    assert score(SIMPLIFIED)[0] > 1.5
    assert score(TRADITIONAL)[0] > 1.5
    assert score(SIMPLIFIED.encode("gbk").decode("big5hkscs", "replace"))[0] < 0
    assert score(TRADITIONAL.encode("big5").decode("gb18030", "replace"))[0] < 0
    assert score("abc") == (0.0, 0)
