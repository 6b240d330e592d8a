from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.corpus.duplicates import find_duplicates
from tasks.settings import EngineSettings
from tasks.tables import TABLES
from tests.tiny_corpus import batch_of, document

ENGINE = EngineSettings(workers=1, memory_mb=256)
BATCHES = ("ffff", "0000", "8888")

# Batches of parts of texts; few texts, so that most are shared.
corpora = st.lists(
    st.lists(st.lists(st.sampled_from("abcd"), max_size=5), min_size=1, max_size=3), min_size=1, max_size=3
)


def numbered(corpus, shuffle):
    """Documents (batch_id, part, doc_id, text) in order, ids in no order."""
    placed = [
        (BATCHES[number], part, text)
        for number, parts in enumerate(corpus)
        for part, texts in enumerate(parts)
        for text in texts
    ]
    ids = list(range(len(placed)))
    shuffle.shuffle(ids)
    return [
        (batch, part, 2**63 - 1 - doc_id, text)
        for doc_id, (batch, part, text) in zip(ids, placed, strict=True)
    ]


def expected(documents, within):
    found = []
    for i, (batch, _, doc_id, text) in enumerate(documents):
        earlier = [document for document in documents[:i] if document[3] == text]
        in_batch = any(document[0] == batch for document in earlier)
        if earlier and in_batch == within:
            found.append((batch, doc_id, earlier[0][2], within))
    return sorted(found, key=lambda row: (BATCHES.index(row[0]), row[1]))


def found(documents, batches, within, folder):
    listed = []
    for batch, parts in batches:
        paths = []
        for part in range(parts):
            path = folder / batch / f"part-{part:05d}.parquet"
            path.parent.mkdir(exist_ok=True)
            of = [
                document(doc_id, text, batch_id=batch)
                for b, p, doc_id, text in documents
                if (b, p) == (batch, part)
            ]
            pq.write_table(pa.Table.from_batches([batch_of("documents", of)]), path)
            paths.append(str(path))
        listed.append((batch, paths))
    rows = [row for b in find_duplicates(listed, within, ENGINE, folder) for row in b.to_pylist()]
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("within", [True, False], ids=["within", "across"])
@settings(max_examples=40, deadline=None)
@given(corpus=corpora, shuffle=st.randoms(use_true_random=False))
def test_duplicates_are_those_of_a_search_by_hand(within, corpus, shuffle):
    documents = numbered(corpus, shuffle)
    batches = [(BATCHES[number], len(parts)) for number, parts in enumerate(corpus)]
    with TemporaryDirectory() as folder:
        assert found(documents, batches, within, Path(folder)) == expected(documents, within)


def test_both_searches_together_leave_each_text_once(tmp_path):
    texts = {"ffff": "abab", "0000": "bcbc", "8888": "acdd"}
    documents = [
        (batch, 0, 100 * number + i, text)
        for number, (batch, of) in enumerate(texts.items())
        for i, text in enumerate(of)
    ]
    batches = [(batch, 1) for batch in texts]
    left_out = {
        row[1]
        for batch in batches
        for row in found([d for d in documents if d[0] == batch[0]], [batch], True, tmp_path)
    }
    left_out |= {row[1] for row in found(documents, batches, False, tmp_path)}
    assert [text for _, _, doc_id, text in documents if doc_id not in left_out] == list("abcd")


def test_rows_fit_the_table(tmp_path):
    path = tmp_path / "doc_id=5" / "part-00000.parquet"
    path.parent.mkdir()
    of = [document(7, "语"), document(9, "语")]
    pq.write_table(pa.Table.from_batches([batch_of("documents", of)]), path)
    [batch] = find_duplicates([("b" * 16, [str(path)])], True, ENGINE, tmp_path)
    assert batch.cast(TABLES["duplicates"].schema).to_pylist() == [
        {"batch_id": "b" * 16, "doc_id": 9, "kept_doc_id": 7, "same_batch": True}
    ]


def test_pieces_of_one_record_are_not_duplicates_of_each_other(tmp_path):
    path = tmp_path / "part-00000.parquet"
    rows = [document(number, "same", part=number % 3) for number in range(6)]
    pq.write_table(pa.Table.from_batches([batch_of("documents", rows)]), path)
    found = find_duplicates([("b" * 16, [str(path)])], True, ENGINE, tmp_path)
    assert {(row["doc_id"], row["kept_doc_id"]) for batch in found for row in batch.to_pylist()} == {
        (3, 0),
        (4, 1),
        (5, 2),
    }
