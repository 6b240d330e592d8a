import pytest
from pydantic import ValidationError

from tasks.corpus.batches import TEXT_TABLES, Batch, Text, current_text, known_batches, sentence_batches
from tasks.store.datasets import Dataset
from tests.tiny_corpus import batch_of, rows

SENTENCES = [(11, "中外科学。"), (11, "科学名著"), (12, "科学 名著"), (13, "。")]


def dataset(table, key="k1"):
    return Dataset(corpus="tiny", table=table, key=key, rows=1, bytes=1)


def batch(name):
    return Batch(
        batch_id=name, content_hashes=("h",), **{table: dataset(table, name) for table in TEXT_TABLES}
    )


@pytest.fixture
def sentences(store):
    more = {"doc_id": 13, "sentence_no": 0, "start": 0, "chars": 1, "text": "。"}
    return [
        store.corpus("tiny").write("sentences", "s1", {}, [batch_of("sentences", rows()["sentences"])]),
        store.corpus("tiny").write("sentences", "s2", {}, [batch_of("sentences", [more])]),
    ]


def duplicates(store, key, *doc_ids):
    of = [{"batch_id": "b", "doc_id": i, "kept_doc_id": 1, "same_batch": True} for i in doc_ids]
    return store.corpus("tiny").write("duplicates", key, {}, [batch_of("duplicates", of)])


def texts(batches):
    return [(row["doc_id"], row["text"]) for one in batches for row in one.to_pylist()]


def test_without_duplicates_every_sentence_comes_in_order(store, sentences):
    none = duplicates(store, "d0")
    for named in ([], [none]):
        assert texts(sentence_batches(store, sentences, named, ("doc_id", "text"))) == SENTENCES


@pytest.mark.parametrize(
    ("left_out", "kept"),
    [
        ([(12,)], [11, 11, 13]),
        ([(11,), (13, 99)], [12]),
        ([(13, 11, 12)], []),
        ([(99,), ()], [11, 11, 12, 13]),
    ],
)
def test_sentences_of_duplicates_are_left_out_or_the_only_ones(store, sentences, left_out, kept):
    named = [duplicates(store, f"d{number}", *ids) for number, ids in enumerate(left_out)]
    columns = ("doc_id", "text")
    stay = texts(sentence_batches(store, sentences, named, columns))
    leave = texts(sentence_batches(store, sentences, named, columns, only_duplicates=True))
    assert [doc_id for doc_id, _ in stay] == kept
    assert sorted(stay + leave) == sorted(SENTENCES)


def test_without_duplicates_there_is_nothing_of_them_alone(store, sentences):
    assert list(sentence_batches(store, sentences, [duplicates(store, "d0")], only_duplicates=True)) == []


def test_batches_have_the_columns_asked_for_and_rows(store, sentences):
    named = [duplicates(store, "d0", 11, 12)]
    [only] = sentence_batches(store, sentences, named)
    assert only.schema.names == ["text"]
    [only] = sentence_batches(store, sentences, named, ("text", "sentence_no"))
    assert only.to_pylist() == [{"text": "。", "sentence_no": 0}]


def test_datasets_of_a_text_are_those_of_its_batches_and_the_overlap_last():
    overlap = dataset("duplicates", "overlap")
    text = Text(batches=(batch("b1"), batch("b2")), overlap=overlap)
    assert [d.key for d in text.datasets("documents")] == ["b1", "b2"]
    assert [d.key for d in text.datasets("duplicates")] == ["b1", "b2", "overlap"]
    assert [(d.table, d.key) for d in text.inputs] == [
        *(("sentences", "b1"), ("sentences", "b2")),
        *(("duplicates", "b1"), ("duplicates", "b2"), ("duplicates", "overlap")),
    ]
    assert [d.table for d in batch("b1").datasets] == list(TEXT_TABLES)


def test_batches_come_back_from_the_state_of_a_run(run):
    assert known_batches(run) == ()
    text = Text(batches=(batch("b1"), batch("b2")), overlap=dataset("duplicates", "overlap"))
    run.set_state(
        batches=[one.model_dump(mode="json") for one in text.batches],
        overlap=text.overlap.model_dump(mode="json"),
    )
    assert known_batches(run) == text.batches
    assert current_text(run) == text


def test_a_batch_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        batch("b1").batch_id = "b2"
