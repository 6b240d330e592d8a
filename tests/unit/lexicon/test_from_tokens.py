import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from tasks.corpus.sampling import draw_sentences, in_key_order, running_text, sample_sentences
from tasks.lexicon.counts import count_words
from tasks.lexicon.from_tokens import read_off
from tasks.self_training.train import train_model
from tasks.tables import TABLES
from tasks.text.characters import string_array
from tasks.text.token_rules import TokenRules
from tasks.unigram.em import fit_probabilities
from tasks.unigram.expectation import Vocabulary, expect_here

WORDS = [*"的在是了和有", "中国", "人民", "工作", "发展", "经济", "社会", "研究", "问题", "共和国", "大学生"]


def sentences(count, seed):
    rng = np.random.default_rng(seed)
    return ["".join([*rng.choice(WORDS, 12), "，12%。"]) for _ in range(count)]


def table(rows):
    schema = {"gram": pl.String, "length": pl.Int64, "count": pl.Int64, "pmi": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(left_entropy=pl.lit(0.5), right_entropy=pl.lit(0.5))


@pytest.fixture(scope="module")
def built():
    texts = pa.array(sentences(1200, 1))
    model = train_model(texts, TokenRules(), seed=3)
    words = pl.Series("word", model.segment(texts).to_arrow()["word"])
    counts = words.value_counts(name="count").with_columns(pl.col("count").cast(pl.Int64)).sort("word")
    result = read_off(table([("中", 1, 9, None), ("中国", 2, 900, 2.5)]), counts, TokenRules())
    return texts, model, counts, result


def test_the_words_are_found(built):
    lexicon = built[3].lexicon
    assert set(lexicon.filter(pl.col("length") > 1)["word"]) == {w for w in WORDS if len(w) > 1} | {"12%"}


def test_the_tokens_hold_every_character(built):
    texts, _, counts, _ = built
    characters = (counts["word"].str.len_chars() * counts["count"]).sum()
    assert characters == sum(map(len, texts.to_pylist()))


def test_fitted_probabilities_sum_to_one_and_make_the_text_likelier(built):
    texts, _, _, result = built
    fitted = fit_probabilities(
        result.lexicon,
        expect_here(texts, Vocabulary(string_array(result.lexicon["word"]), result.token_rules)),
    )
    assert abs(fitted["probability"].sum() - 1) < 1e-9
    assert fitted["probability"].min() > 0

    def nats(lexicon):
        counts = count_words(lexicon, [texts], result.token_rules)["count"].to_numpy()
        return -(counts * np.log(lexicon["probability"].to_numpy())).sum()

    assert nats(fitted) < nats(result.lexicon)


def test_frames_have_the_columns_of_their_tables(built):
    for name, frame in (
        ("lexicon", built[3].lexicon.with_columns(known=False)),
        ("lexicon_decisions", built[3].decisions),
    ):
        schema = TABLES[name].schema
        assert frame.to_arrow().cast(schema).schema == schema
        assert frame[TABLES[name].key[0]].is_unique().all()
    assert built[3].lexicon.filter(pl.col("word") == "中国")["pmi"].item() == 2.5


def test_the_lexicon_cuts_the_corpus(built):
    texts, _, _, result = built
    lexicon = count_words(result.lexicon, [texts], result.token_rules)
    assert (lexicon["count"] * lexicon["length"]).sum() == sum(map(len, texts.to_pylist()))


def keyed(first, count):
    return pa.RecordBatch.from_pydict(
        {
            "doc_id": pa.array(range(first, first + count), pa.int64()),
            "sentence_no": pa.array([0] * count, pa.int64()),
            "text": sentences(count, first),
        }
    )


def test_a_sample_keeps_to_its_budget_and_seed_whatever_the_order():
    batches = [keyed(0, 300), keyed(300, 500)]
    total = sum(len(text) for batch in batches for text in batch["text"].to_pylist())

    def drawn(given, budget, seed):
        return in_key_order(sample_sentences(given, total, budget, seed), batches[0].schema)

    assert drawn(batches, total, 1) == pa.Table.from_batches(batches)
    one, again, other = (
        drawn(batches, total // 4, 1),
        drawn(batches[::-1], total // 4, 1),
        drawn(batches, total // 4, 2),
    )
    assert one == again != other
    assert 0.15 < sum(map(len, one["text"].to_pylist())) / total < 0.35
    with pytest.raises(ValueError, match="at least 1 character, got 0"):
        drawn(batches, 0, 1)


def test_sentences_that_touch_are_one_text():
    rows = [(1, 0, "中外。"), (1, 3, "科学"), (1, 6, "名著"), (2, 8, "火"), (2, 9, "水👨"), (2, 11, "山")]
    table = pa.table(dict(zip(("doc_id", "start", "text"), map(list, zip(*rows, strict=True)), strict=True)))
    assert running_text(table).to_pylist() == ["中外。科学", "名著", "火水👨山"]
    assert running_text(table.slice(1, 3)).to_pylist() == ["科学", "名著", "火"]
    assert running_text(table.slice(0, 0)).to_pylist() == []
    chunks = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    assert running_text(chunks) == running_text(table)


def test_sentences_are_drawn_by_the_columns_asked_for():
    batch = keyed(0, 300)
    chars = pa.array([len(text) for text in batch["text"].to_pylist()])
    whole = pa.RecordBatch.from_arrays([*batch.columns, chars], [*batch.schema.names, "chars"])
    total = sum(chars.to_pylist())
    read = lambda columns: iter([whole.select(list(columns))])  # noqa: E731
    assert draw_sentences(read, batch.schema, total, 0) == pa.Table.from_batches([batch])
    some = draw_sentences(read, batch.schema, total // 4, 0)
    assert 0.15 < sum(map(len, some["text"].to_pylist())) / total < 0.35
