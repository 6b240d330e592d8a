import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from tasks.lexicon.counts import count_words
from tasks.lexicon.minlex import add_up, read_off, sample_sentences, token_counts, train_model
from tasks.segment.classes import Convention
from tasks.tables import TABLES

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
    model = train_model(texts, Convention(), seed=3)
    counts = add_up([token_counts(model, texts.slice(0, 500)), token_counts(model, texts.slice(500))])
    result = read_off(table([("中", 1, 9, None), ("中国", 2, 900, 2.5)]), counts, Convention())
    return texts, model, counts, result


def test_the_words_are_found(built):
    lexicon = built[3].lexicon
    assert set(lexicon.filter(pl.col("length") > 1)["word"]) == {w for w in WORDS if len(w) > 1} | {"12%"}


def test_counts_add_up_over_shards(built):
    texts, model, counts, _ = built
    assert token_counts(model, texts).equals(counts)
    characters = (counts["word"].str.len_chars() * counts["count"]).sum()
    assert characters == sum(map(len, texts.to_pylist()))


def test_frames_have_the_columns_of_their_tables(built):
    for name, frame in (("lexicon", built[3].lexicon), ("lexicon_decisions", built[3].decisions)):
        schema = TABLES[name].schema
        assert frame.to_arrow().cast(schema).schema == schema
        assert frame[TABLES[name].key[0]].is_unique().all()
    assert built[3].lexicon.filter(pl.col("word") == "中国")["pmi"].item() == 2.5


def test_the_lexicon_cuts_the_corpus(built):
    texts, _, _, result = built
    lexicon = count_words(result.lexicon, [texts], result.convention)
    assert (lexicon["count"] * lexicon["length"]).sum() == sum(map(len, texts.to_pylist()))


def test_a_sample_keeps_to_its_budget_and_seed():
    texts = pa.array(sentences(300, 2))
    one, again, other = (sample_sentences(texts, 1000, seed).to_pylist() for seed in (1, 1, 2))
    assert one == again != other
    assert 900 < sum(map(len, one)) <= 1000
    assert set(one) <= set(texts.to_pylist())
    assert sample_sentences(texts, 10**9, 1).equals(texts)
    assert len(sample_sentences(texts, 1, 1)) == 1
