import json

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.corpus.reading import parquet, read, zipped


def rows(name, content, **settings):
    result = read(name, content, **settings)
    found = [(row["record"], row["offset"], row["text"]) for row in result.documents]
    return found, [(row["record"], row["reason"]) for row in result.rejects]


def test_csv_quoting_and_offsets():
    content = 'id,text\r\n1,"甲,乙"\r\n\r\n2,"一\n二 ""三"""\r\n3,\r\n4,丁\r\n'.encode()
    assert rows("a.csv", content) == (
        [(1, 9, "甲,乙"), (2, 20, '一\n二 "三"'), (4, 39, "丁")],
        [],
    )


@pytest.mark.parametrize("header", ["text", "Text", "content", "BODY", " text ", "\ufefftext"])
def test_csv_text_column_by_name(header):
    assert rows("a.csv", f"other,{header}\n甲,乙\n".encode())[0] == [(1, 7 + len(header), "乙")]


def test_csv_text_column_by_settings():
    content = "text,评论\n甲,乙\n".encode()
    assert rows("a.csv", content, text_column="评论")[0][0][2] == "乙"
    result = read("a.csv", content, text_column="nothing")
    assert (result.documents, result.reasons) == ([], [(None, "missing_text_column")])
    assert "'nothing'" in result.rejects[0]["detail"]


def test_csv_text_column_as_the_only_one_with_text():
    assert rows("a.csv", "id,date,评论\n1,2020-01-01,\n2,2020-01-02,乙\n".encode())[0] == [(2, 25, "乙")]
    assert rows("a.csv", "评论\n12\n".encode())[0] == [(1, 3, "12")]
    for content in ("a,b\n甲,乙\n", "a,b\n1,2\n", "a,b\n"):
        assert read("a.csv", content.encode()).reasons == [(None, "missing_text_column")]


def test_csv_rows_that_hold_no_text():
    content = "id,text\n1,甲\n2\n3,丙\n".encode()
    assert rows("a.csv", content) == ([(1, 8, "甲"), (3, 14, "丙")], [(2, "missing_text_column")])
    assert read("a.csv", b"id,text\n").reasons == [(None, "empty")]


def test_tsv():
    assert rows("a.tsv", "id\ttext\n1\t甲,乙\n".encode())[0] == [(1, 8, "甲,乙")]


def test_csv_records_that_are_too_long():
    long = "长" * 2000
    for content in (
        f"id,text\n1,甲\n2,{long}\n3,丙\n",
        f'id,text\n1,甲\n2,"{(long[:300] + chr(10)) * 5}"\n3,丙\n',
    ):
        found, rejects = rows("a.csv", content.encode(), max_record_bytes=3000)
        assert found[0][2] == "甲"
        assert found[-1][2] == "丙"
        assert rejects[0] == (2, "record_too_long")
        assert content[found[-1][1] :] == "3,丙\n"
    header = read("a.csv", (long + "\n甲\n").encode(), max_record_bytes=3000)
    assert header.reasons == [(None, "record_too_long")]


def test_csv_with_a_quote_that_never_ends():
    assert rows("a.csv", ('text\n"' + "甲\n" * 10).encode()) == ([(1, 5, "甲\n" * 10)], [])
    found, rejects = rows("a.csv", ('text\n"' + "甲\n" * 1000).encode(), max_record_bytes=1200)
    assert (found[0][0], found[-1][2], rejects) == (2, "甲", [(1, "record_too_long")])


def test_jsonl():
    lines = [
        '{"text": "甲\\n乙", "n": 1}',
        "",
        '"丙"',
        '{"n": 2, "msg": "丁"}',
        '{"content": "戊"}\r',
        '{"Text":"己"}',
    ]
    content = "\n".join(lines)
    found, rejects = rows("a.jsonl", content.encode())
    assert [(record, text) for record, _, text in found] == [
        (1, "甲\n乙"),
        (3, "丙"),
        (4, "丁"),
        (5, "戊"),
        (6, "己"),
    ]
    assert all(content[offset:].startswith(lines[record - 1]) for record, offset, _ in found)
    assert rejects == []


def test_jsonl_lines_that_hold_no_text():
    lines = [
        "{broken",
        '{"text": null}',
        '{"text": ["甲"]}',
        "12",
        '{"a": "甲", "b": "乙"}',
        "{}",
        "[" * 100_000,
        '{"text": ' + "1" * 5000 + "}",
        '{"text": ""}',
        '{"text": "好"}',
    ]
    found, rejects = rows("a.jsonl", "\n".join(lines).encode())
    assert [text for _, _, text in found] == ["好"]
    assert rejects == [
        (1, "invalid_json"),
        (2, "not_text"),
        (3, "not_text"),
        (4, "not_text"),
        (5, "missing_text_column"),
        (6, "missing_text_column"),
        (7, "invalid_json"),
        (8, "invalid_json"),
    ]


def test_jsonl_text_key_by_settings():
    content = '{"text": "甲", "评论": "乙"}\n{"text": "甲"}\n'.encode()
    found, rejects = rows("a.jsonl", content, text_column="评论")
    assert ([text for _, _, text in found], rejects) == (["乙"], [(2, "missing_text_column")])


def test_jsonl_escaped_surrogates():
    result = read("a.jsonl", rb'{"text": "\ud83d\ude00 \ud800 \u4f60"}')
    assert (result.texts, result.documents[0]["replaced"]) == (["😀 \ufffd 你"], 1)


@pytest.mark.parametrize("blocks", [1, 5])
def test_jsonl_records_that_are_too_long(blocks):
    long = json.dumps({"text": "长" * (blocks << 18)}, ensure_ascii=False)
    content = "\n".join(['{"text": "甲"}', long, '{"text": "丙"}'])
    found, rejects = rows("a.jsonl", content.encode(), max_record_bytes=3 * (blocks << 18))
    assert [text for _, _, text in found] == ["甲", "丙"]
    assert rejects == [(2, "record_too_long")]
    assert content[found[1][1] :] == '{"text": "丙"}'
    assert rows("a.jsonl", content.encode(), max_record_bytes=3 * (blocks << 18) + 12)[1] == []


def test_records_that_are_long_become_parts():
    text = "".join(chr(0x4E00 + i) for i in range(2500))
    for name, content in (
        ("a.csv", f"text\n{text}\n".encode()),
        ("a.jsonl", json.dumps(text).encode()),
        ("a.parquet", parquet({"text": [text]})),
    ):
        result = read(name, content, max_document_chars=1000)
        assert "".join(result.texts) == text
        assert [(row["record"], row["part"]) for row in result.documents] == [(1, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_parquet_string_types(kind):
    column = pa.array(["甲", None, "", "乙", "甲"], pa.string()).cast(kind)
    found, rejects = rows("a.parquet", parquet({"n": [1, 2, 3, 4, 5], "text": column}))
    assert found == [(1, 0, "甲"), (4, 3, "乙"), (5, 4, "甲")]
    assert rejects == [(2, "not_text")]


def test_parquet_text_column():
    assert rows("a.parquet", parquet({"n": [1], "评论": ["乙"]}))[0][0][2] == "乙"
    assert rows("a.parquet", parquet({"text": ["甲"], "评论": ["乙"]}), text_column="评论")[0][0][2] == "乙"
    for columns, reason in (
        ({"a": ["甲"], "b": ["乙"]}, "missing_text_column"),
        ({"n": [1]}, "missing_text_column"),
        ({"text": [1]}, "not_text"),
        ({"text": [b"abc"]}, "not_text"),
        ({"text": [["a"]]}, "not_text"),
    ):
        assert read("a.parquet", parquet(columns)).reasons == [(None, reason)]
    assert read("a.parquet", parquet({"text": pa.array([], pa.string())})).reasons == [(None, "empty")]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
def test_parquet_of_many_row_groups(compression):
    texts = [f"第{i}行" for i in range(20_000)]
    content = parquet({"text": texts}, compression=compression, row_group_size=3000)
    assert read("a.parquet", content).texts == texts


def test_parquet_that_is_cut_or_damaged():
    content = parquet({"text": [f"第{i}行的文字" for i in range(5000)]}, use_dictionary=False)
    for broken in (
        content[:-1],
        content[: len(content) // 2],
        b"",
        b"PAR1",
        content[:4] + b"\xff" * 2000 + content[2004:],
    ):
        result = read("a.parquet", broken)
        assert (result.documents, result.reasons) == ([], [(None, "broken_parquet")])
    inside = read("a.zip", zipped({"a.parquet": content[:-9], "b.txt": b"ok"}))
    assert inside.reasons == [("a.parquet", "broken_parquet")]
    assert inside.texts == ["ok"]


def test_parquet_bytes_that_are_not_utf8():
    bad = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(np.array([0, 3, 5], np.int32)), pa.py_buffer(b"abc\xff\xfe")]
    )
    found, rejects = rows("a.parquet", parquet({"text": bad}))
    assert (found, rejects) == ([(1, 0, "abc")], [(2, "unknown_encoding")])


def test_parquet_records_that_are_too_long():
    found, rejects = rows("a.parquet", parquet({"text": ["甲", "长" * 1000, "丙"]}), max_record_bytes=2000)
    assert ([text for _, _, text in found], rejects) == (["甲", "丙"], [(2, "record_too_long")])


def test_parquet_bombs():
    one = pa.DictionaryArray.from_arrays(np.zeros(20_000, np.int32), ["长" * 100_000])
    repeated = parquet({"text": one})
    assert len(repeated) < 100_000
    assert read("a.parquet", repeated).reasons == [(None, "bomb")]
    plain = parquet({"text": ["长" * 10_000_000]}, compression="zstd", use_dictionary=False)
    assert read("a.parquet", plain).reasons == [(None, "bomb")]
