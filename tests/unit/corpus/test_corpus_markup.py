import time

import pytest

from tasks.corpus.readers.html import MAX_TAG_CHARS, HtmlText
from tests.unit.corpus.reading import read


def html(source: str, size: int | None = None) -> str:
    return "".join(HtmlText().texts([source] if size is None else _chunks(source, size)))


def _chunks(source: str, size: int) -> list[str]:
    return [source[i : i + size] for i in range(0, len(source), size)]


HTML_CASES = [
    ("a<b>b</b>c", "abc"),
    ("<p>甲</p><p>乙</p>", "甲\n\n乙"),
    ("甲<br>乙<BR/>丙", "甲\n乙\n丙"),
    ("<ul><li>甲<li>乙</ul>丙", "甲\n乙\n\n丙"),
    ("<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", "甲\n乙\n丙"),
    ("  甲\n \t乙  <i> 丙</i>", "甲 乙 丙"),
    ("<pre>甲\n  乙</pre>丙", "甲\n乙\n\n丙"),
    ("甲<script>x = '<p>no</p>'</script>乙", "甲乙"),
    ("甲<SCRIPT type='a>b'>no</ script></scriptx></Script >乙", "甲乙"),
    ("甲<style>p{}</style>乙", "甲乙"),
    ("<html><head><title>no</title><meta x>no</head><body>甲", "甲"),
    ("<head><title>no</title><p>甲", "甲"),
    ("<title>no</title>甲", "甲"),
    ("甲<!-- <p>no</p> -- > -->乙<!---->丙<!-->丁", "甲乙丙丁"),
    ("<!DOCTYPE html><?xml no?>甲", "甲"),
    ("<a href='>' title=\">\" x=y>甲</a>", "甲"),
    ("a < b && c > d &lt;script&gt; &amp; &#20013;&#x6587;&hellip;", "a < b && c > d <script> & 中文…"),
    ("&#0;&#xD800;&#99999999999;&#" + "9" * 9000 + ";&#" + "0" * 9000 + "65;", "\ufffd\ufffd\ufffd\ufffdA"),
    ("<img src='x' alt='no'>甲<input value=no>", "甲"),
    ("<p\nclass=x\n>甲", "甲"),
    ("<<p>甲", "<\n\n甲"),
    ("1 <2 </ 3 <", "1 <2 </ 3 <"),
    ("<a href='" + "x" * MAX_TAG_CHARS + "'>甲</a>", "甲"),
    ("甲<p class='" + "x" * (2 * MAX_TAG_CHARS) + "'>乙", "甲\n\n乙"),
    ("甲<b", "甲<b"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "expected"), HTML_CASES, ids=lambda value: value[:30])
def test_html_text(source, expected):
    assert html(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"), [c for c in HTML_CASES if len(c[0]) < 1000], ids=lambda v: v[:30]
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_html_text_in_small_blocks(source, expected, size):
    assert html(source, size) == expected


@pytest.mark.parametrize("size", [100, 4096, 65_536])
def test_long_tags_in_blocks(size):
    for source, expected in HTML_CASES:
        if len(source) > 10_000 and "&#" not in source:
            assert html(source, size) == expected


@pytest.mark.parametrize(
    "source", ["甲<!-- x", "甲<script>x</p>", "甲<title>乙", "甲<p " + "x" * (2 * MAX_TAG_CHARS)]
)
def test_markup_that_never_ends_is_reported(source):
    result = read("a.html", source.encode())
    assert (result.texts, result.reasons) == (["甲"], [(None, "unclosed_markup")])


@pytest.mark.parametrize(
    "hostile",
    [
        "<",
        "<a",
        "<!--",
        "<!",
        "</a ",
        '<a b="',
        "&",
        "&a",
        "<script>",
        "</",
        "<?",
        "<a =",
        "&#9",
        "<p>",
        "<a b='>'",
    ],
)
def test_hostile_html_takes_linear_time(hostile):
    started = time.process_time()
    html(hostile * (1_000_000 // len(hostile)), 1 << 20)
    assert time.process_time() - started < 5


def test_html_units_and_offsets():
    content = "<p>甲<br>乙</p><p>丙</p>".encode()
    assert read("a.html", content, unit="paragraph").texts == ["甲\n乙", "丙"]
    rows = read("a.html", content).documents
    assert [(row["record"], row["offset"], row["text"]) for row in rows] == [
        (1, 0, "甲"),
        (2, 2, "乙"),
        (4, 5, "丙"),
    ]


def test_html_in_other_encodings():
    page = "<head><meta charset=gb2312><title>no</title></head><body><p>这是一个中国的网页。</p></body>"
    result = read("a.html", page.encode("gbk"))
    assert (result.texts, result.documents[0]["encoding"]) == (["这是一个中国的网页。"], "gb18030")


MARKDOWN = """---
title: 标题
tags:
  - 甲
---

# 第一章

第一段**粗**体，
同一段。

```python
print("no")

print("no")
```

    indented_no()

- 列表[链接](http://no)
- 第二项<!-- no -->

| 甲 | 乙 |
|----|----|
| 1  | 2  |

> 引用`代码`

<script>no</script>末段
"""


def test_markdown():
    texts = read("a.md", MARKDOWN.encode()).texts
    assert texts == [
        "第一章",
        "第一段粗体， 同一段。",
        "列表链接",
        "第二项",
        "甲",
        "乙",
        "1",
        "2",
        "引用代码",
        "末段",
    ]


def test_markdown_paragraphs():
    texts = read("a.md", MARKDOWN.encode(), unit="paragraph").texts
    assert texts[:3] == ["第一章", "第一段粗体， 同一段。", "列表链接\n第二项"]


def test_a_rule_at_the_top_is_not_front_matter():
    assert read("a.md", "---\n正文在此\n\n---\n后文".encode()).texts == ["正文在此", "后文"]
    assert read("a.md", "---\nkey: value\n\n正文在此".encode()).texts == ["key: value", "正文在此"]


def test_markdown_is_the_same_however_it_is_cut_into_chunks():
    paragraph = "这是**一段**文字，有[链接](x)。\n\n"
    assert read("a.md", (paragraph * 5000).encode()).texts == ["这是一段文字，有链接。"] * 5000
    fenced = "甲\n\n```\n" + "no\n\n" * 20_000 + "```\n\n乙\n"
    assert read("a.md", fenced.encode()).texts == ["甲", "乙"]
    long = "长" * 100_000
    assert read("a.md", f"甲\n\n{long}\n\n乙 < 丙".encode()).texts == ["甲", long, "乙 < 丙"]


@pytest.mark.parametrize(
    "hostile", ["[", "[a](", "*a ", "`", "> ", "<a ", "- ", "![", "|a", "\\", "**", "_*", "[a]: "]
)
def test_hostile_markdown_ends(hostile):
    started = time.process_time()
    read("a.md", (hostile * (60_000 // len(hostile))).encode())
    read("a.md", ((hostile * 200 + "\n") * (60_000 // len(hostile) // 200)).encode())
    assert time.process_time() - started < 10
