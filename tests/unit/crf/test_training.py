import random
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from tasks.crf.gold import check_classes, normalised, split_documents
from tasks.crf.labels import labelled_surely, labelled_words
from tasks.crf.segmenter import CrfSegmenter
from tasks.crf.tags import allowed_tags
from tasks.crf.training import Unlabelled, train_tagger
from tasks.errors import InputError
from tasks.evaluation.gold_columns import GoldLine
from tasks.evaluation.spans import score_spans
from tasks.ngrams.spans import pieces_of
from tasks.settings import CrfSettings, TrainingSettings
from tasks.text.characters import decode
from tasks.training.checkpoint import Checkpoints
from tests.flows.newspaper import WORDS

TRAINING = TrainingSettings(
    epochs=3, batch=16, learning_rate=0.01, averaging=0.9, checkpoint_steps=3, threads=1, seed=3
)
LONGER = [*WORDS, "共产党", "图书馆", "联合国"]


def gold(count: int, seed: int) -> list[list[str]]:
    draw = random.Random(seed)
    return [[*draw.choices(LONGER, k=draw.randint(2, 9)), "。"] for _ in range(count)]


def settings(**changes) -> CrfSettings:
    return CrfSettings(training=TRAINING, members=1).model_copy(update=changes)


CHOSEN = settings()


def trained(chosen: CrfSettings = CHOSEN, train=None, raw=None, **further) -> CrfSegmenter:
    learnt = labelled_words(train or gold(120, seed=1))
    made = train_tagger(
        learnt, labelled_words(gold(20, seed=2)), Unlabelled(["共产党"], raw), chosen, **further
    )
    return CrfSegmenter(made.tagger, made.vocabulary)


def f1(segmenter: CrfSegmenter) -> float:
    texts = gold(40, seed=5)
    return score_spans(texts, [segmenter.split("".join(words)) for words in texts]).f1


@pytest.fixture(scope="module")
def segmenter() -> CrfSegmenter:
    return trained()


def test_it_learns_to_cut(segmenter):
    assert f1(segmenter) > 0.95


@pytest.mark.parametrize(
    "changes", [{"encoder": "bilstm"}, {"encoder": "cnn-reference"}, {"output": "softmax"}, {"members": 2}]
)
def test_every_encoder_and_the_softmax_learn(changes):
    longer = TRAINING.model_copy(update={"epochs": 6})
    assert f1(trained(settings(training=longer, **changes))) > 0.9


def test_the_arrays_make_the_same_segmenter_again(segmenter):
    again = CrfSegmenter.from_arrays(segmenter.to_arrays(), {"encoder": "cnn", "output": "crf", "members": 1})
    texts = pa.array(["".join(words) for words in gold(30, seed=7)] + ["", " ", "未见过的字Ａ１"])
    first, second = segmenter.segment(texts).to_arrow(), again.segment(texts).to_arrow()
    assert first.equals(second)


def test_probabilities_are_those_of_all_cuts_that_the_chain_allows(segmenter):
    """Against every cut of a short text, scored by the chain; by no kernel of its sums."""
    text = "中国人民！"
    found, offsets = segmenter.boundary_probabilities(pa.array([text, "", "a b"]))
    assert offsets.tolist() == [0, 5, 5, 8]
    assert found[5:].tolist() == [1, 0, 1]
    of = pieces_of(decode(pa.array([text])))
    features = torch.from_numpy(segmenter._features.of(of).astype(np.int64))[None]
    with torch.no_grad():
        unary = segmenter._tagger(features, torch.tensor([5]))
    chain, weights = segmenter._tagger.chain, np.zeros(5)
    total = 0.0
    for ends in product((0, 1), repeat=4):
        begins = np.array([1, *ends])
        tags = allowed_tags(begins.astype(np.uint8), np.array([0, 5])).argmax(1)
        loss = float(chain.loss(unary, torch.tensor([5]), torch.from_numpy(tags)[None]).detach())
        total += np.exp(-loss)
        weights += np.exp(-loss) * begins
    assert total == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(found[:5], weights, atol=1e-5)


def test_offsets_are_those_of_the_text_and_width_makes_no_difference(segmenter):
    text = "中国 人民１２发展。\u3000 Ab"
    found = segmenter.segment(pa.array([text, ""]))
    assert "".join(text[i:j] for i, j in zip(found.start, found.end, strict=True)) == "".join(text.split())
    assert all(text[i:j].strip() == text[i:j] for i, j in zip(found.start, found.end, strict=True))
    full = text.replace("A", "Ａ").replace("b", "ｂ")
    again = segmenter.segment(pa.array([full]))
    assert again.start.tolist() == found.start.tolist()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(segmenter):
    again = trained().to_arrays()
    for name, array in segmenter.to_arrays().items():
        assert array.tobytes() == again[name].tobytes(), name
    other = trained(settings(training=TRAINING.model_copy(update={"seed": 4}))).to_arrays()
    assert any(array.tobytes() != again[name].tobytes() for name, array in other.items())


class CutOffError(Exception):
    pass


def test_training_that_was_cut_off_goes_on_to_the_same_bytes(segmenter, tmp_path: Path):
    checkpoints = Checkpoints(tmp_path / "checkpoint.safetensors")
    done = 0

    def cut_off(steps: int, total: int) -> None:
        nonlocal done
        done += steps
        if done == 11:
            raise CutOffError

    with pytest.raises(CutOffError):
        trained(checkpoints=checkpoints, advance=cut_off)
    again = trained(checkpoints=checkpoints).to_arrays()
    for name, array in segmenter.to_arrays().items():
        assert array.tobytes() == again[name].tobytes(), name


def test_open_gaps_are_learnt_around():
    texts = gold(150, seed=1)
    known = labelled_words(texts)
    probability = np.where(np.random.default_rng(0).random(len(known.begins)) < 0.4, 0.5, known.begins)
    silver = labelled_surely(pa.array(["".join(words) for words in texts]), probability, 0.9)
    made = train_tagger(None, labelled_words(gold(20, seed=2)), Unlabelled(), settings(), silver=silver)
    assert f1(CrfSegmenter(made.tagger, made.vocabulary)) > 0.93


def test_gold_beside_silver_has_the_last_word():
    """Silver cuts everything into characters; gold, repeated to nine tenths of an epoch, does not."""
    texts = gold(150, seed=1)
    silver = labelled_words([list("".join(words)) for words in texts])
    few = gold(30, seed=9)
    assert f1(trained(settings(gold_share=0.9), few, silver=silver)) > f1(
        trained(settings(gold_share=0.1), few, silver=silver)
    )


def test_raw_text_teaches_what_few_labelled_sentences_do_not_hold():
    raw = pa.array(["".join(words) for words in gold(800, seed=11)], pa.string())
    few = gold(8, seed=9)
    chosen = settings(training=TRAINING.model_copy(update={"epochs": 30, "patience": 30}), min_vectors=2)
    assert f1(trained(chosen, few, raw=raw)) > f1(trained(chosen, few))


def test_arrays_of_an_older_version_are_refused_in_one_line(segmenter):
    arrays = {name: a for name, a in segmenter.to_arrays().items() if "vector" not in name}
    with pytest.raises(InputError, match="trained by an older version; train it again: minlex train crf"):
        CrfSegmenter.from_arrays(arrays, {"encoder": "cnn", "output": "crf", "members": 1})


def test_training_needs_texts():
    with pytest.raises(ValueError, match="training needs gold or silver texts, got neither"):
        train_tagger(None, labelled_words([["a"]]), Unlabelled(), settings())


def test_documents_are_held_out_by_seed():
    sentences = [[str(n)] for n in range(20)]
    split = split_documents(sentences, 0.1, seed=1)
    assert len(split.held_out) == 2
    assert sorted(split.train + split.held_out) == sorted(sentences)
    assert split_documents(sentences, 0.1, seed=1) == split
    assert split_documents(sentences, 0.1, seed=2) != split
    with pytest.raises(InputError, match="gold must have 2 sentences to hold one out, got 1"):
        split_documents(sentences[:1], 0.1, seed=1)


def test_words_are_normalised_as_text_is():
    assert normalised([GoldLine(1, ("a\x00b", "\x01")), GoldLine(2, ("\x02",))]) == [["ab"]]


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("中外", "科学家"), r"one character \(tag s\)"),
        (("的", "科"), r"two characters \(tags b, e\)"),
        (("的", "中外"), r"three or more \(tag m\)"),
    ],
)
def test_a_class_that_is_missing_is_named_with_file_and_lines(words, missing):
    lines = [GoldLine(3, words), GoldLine(8, words)]
    with pytest.raises(
        InputError, match=f"^gold.txt, lines 3 to 8: gold must have a word of {missing}; got none"
    ):
        check_classes(lines, "gold.txt")
