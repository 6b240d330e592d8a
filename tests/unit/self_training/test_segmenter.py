import numpy as np
import pyarrow as pa
import pytest

from tasks.evaluation.spans import score_spans
from tasks.self_training.alternation import alternate
from tasks.self_training.features import Scale
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.self_training.train import model_of
from tasks.text.characters import decode
from tasks.text.grams import mined_runs
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary

WORDS = [
    "中国",
    "人民",
    "工作",
    "发展",
    "经济",
    "社会",
    "研究",
    "问题",
    "的",
    "在",
    "是",
    "了",
    "和",
    "有",
    "我",
    "不",
    "共和国",
    "大学生",
    "计算机",
]
MARKS = ["，", "。", "12%"]


def sentences(count, seed):
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(2, len(WORDS) + 2)
    weight /= weight.sum()
    return [[*rng.choice(WORDS, 12, p=weight).tolist(), MARKS[rng.integers(3)]] for _ in range(count)]


def train(seed=1, workers=2):
    text = decode(pa.array(["".join(s) for s in sentences(1500, 0)]))
    runs = mined_runs(text, TokenRules())
    result = alternate(runs, seed=seed, max_rounds=3, workers=workers)
    return result, model_of(runs, result, TokenRules(), seed)


@pytest.fixture(scope="module")
def trained():
    return train()


def test_words_of_unseen_sentences_are_found(trained):
    gold = sentences(200, 99)
    table = trained[1].segment(pa.array(["".join(s) for s in gold])).to_arrow()
    rows, words = np.array(table["row"]), table["word"].to_pylist()
    bounds = np.searchsorted(rows, np.arange(1, len(gold)))
    predicted = [list(part) for part in np.split(np.array(words, object), bounds)]
    assert score_spans(gold, predicted).f1 > 0.95


def test_training_is_deterministic_whatever_the_workers(trained):
    again = train(workers=1)
    assert again[0].probability.tolist() == trained[0].probability.tolist()
    for name, array in trained[1].to_arrays().items():
        assert array.tolist() == again[1].to_arrays()[name].tolist(), name


def test_a_model_is_its_arrays(trained):
    model = trained[1]
    again = SelfTrainedSegmenter(model.to_arrays())
    text = pa.array(["中国人民的工作", "我在计算机和龘😀有12.5%"])
    assert again.boundary_probabilities(text)[0].tolist() == model.boundary_probabilities(text)[0].tolist()
    with pytest.raises(ValueError, match="a model must have the arrays"):
        SelfTrainedSegmenter({"scale": np.zeros(3)})


@pytest.mark.parametrize(
    "text", ["", "  ", "中", "龘龘龘 x\x00😀 ", "中国 人民\n工作", "12%", "中国人民" * 3000]
)
def test_words_spell_the_text(trained, text):
    assert "".join(trained[1].split(text)) == "".join(text.split())


def test_probabilities_fit_the_words(trained):
    texts = pa.array(["中国人民的 工作，12%", "", "我"])
    probability, offsets = trained[1].boundary_probabilities(texts)
    assert offsets.tolist() == [0, 12, 12, 13]
    assert np.all((probability >= 0) & (probability <= 1))
    result = trained[1].segment(texts)
    begin = offsets[result.sentence_index] + result.start
    assert begin.tolist() == np.flatnonzero(probability > 0.5).tolist()
    assert probability[0] == probability[8] == probability[9] == 1.0
    assert probability[5] == probability[10] == 0.0


def test_no_text_gives_a_model_that_knows_nothing():
    runs = mined_runs(decode(pa.array(["", "12"])), TokenRules())
    result = alternate(runs, max_rounds=2)
    assert len(result.labels) == 0
    assert model_of(runs, result, TokenRules()).split("中国12") != []


def test_no_round_begins_once_time_is_up():
    runs = mined_runs(decode(pa.array(["".join(s) for s in sentences(150, 0)])), TokenRules())
    assert len(alternate(runs, max_rounds=2, workers=1).rounds) == 2
    assert len(alternate(runs, max_rounds=2, workers=1, time_is_up=lambda: True).rounds) == 1


def test_the_user_dictionary_overrules_the_trained_model(trained):
    _, model = trained
    plain = model.split("中国人民在发展")
    forbidden = next(word for word in plain if len(word) > 1)
    dictionary = UserDictionary.of(["民在"], [forbidden], "")
    ruled = SelfTrainedSegmenter(model.to_arrays(), dictionary)
    cut = ruled.split("中国人民在发展")
    assert "民在" in cut
    assert forbidden not in cut
    assert "".join(cut) == "中国人民在发展"
    probability, _ = ruled.boundary_probabilities(pa.array(["中国人民在发展"]))
    assert probability[3] == probability[5] == 1
    assert probability[4] == 0


def test_a_sentence_is_cut_alike_whatever_stands_beside_it(trained):
    model = trained[1]
    lines = ["".join(words) for words in sentences(60, 7)]
    # ends in a run, so that the window of its last gaps would reach the next line
    lines = [line[:-1] if n % 2 else line[1:] for n, line in enumerate(lines)] + ["名中", "中", "", " 中"]
    together, offsets = model.boundary_probabilities(pa.array(lines))
    for n, line in enumerate(lines):
        alone, _ = model.boundary_probabilities(pa.array([line]))
        assert alone.tolist() == together[offsets[n] : offsets[n + 1]].tolist()


@pytest.mark.parametrize(("unit", "asked", "longest"), [(1, 2, 2), (1, 16, 4), (2, 3, 4), (2, 16, 8)])
def test_pieces_are_no_longer_than_asked_but_for_two_units(unit, asked, longest):
    assert Scale(unit, 4 * unit, 3 * unit).limited(asked).max_length == longest


def test_a_model_without_vectors_and_joins_is_still_read(trained):
    _, model = trained
    arrays = model.to_arrays()
    later = {"vector_keys", "vectors", "gram_input", "join_codes", "join_offsets", "joins"}
    before = {name: array for name, array in arrays.items() if name not in later}
    before["convention"] = before["convention"][:3]
    old = SelfTrainedSegmenter(before)
    assert old.split("中国人民") == ["中国", "人民"]
    assert old.token_rules == TokenRules()
