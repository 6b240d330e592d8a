import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tasks.lm.alphabet import Alphabet
from tasks.lm.gpt2 import Gpt2, steps_of, train_gpt2
from tasks.lm.vocabulary import Vocabulary
from tasks.settings import LanguageModelSettings, TrainingSettings
from tasks.training.checkpoint import Checkpoints

SCHEDULE = TrainingSettings(epochs=3, batch=4, learning_rate=0.02, checkpoint_steps=2, patience=3, threads=1)
SETTINGS = LanguageModelSettings(layers=1, width=16, heads=2, context=8, training=SCHEDULE)
WORDS = ["中国", "人民", "科学", "的", "。"]


def documents(count, seed):
    draw = random.Random(seed)
    return pa.array(["".join(draw.choices(WORDS, k=draw.randint(2, 9))) for _ in range(count)], pa.string())


TRAINING, VALIDATION = documents(60, 1), documents(8, 2)
CHARACTERS = Vocabulary.of_characters(Alphabet.of(TRAINING))
MIXED = Vocabulary.of_words(CHARACTERS.alphabet, WORDS, np.array([5, 4, 3, 2, 1]), 2)


def trained(vocabulary=CHARACTERS, checkpoints=None):
    return train_gpt2(
        vocabulary, vocabulary.encode(TRAINING), vocabulary.encode(VALIDATION), SETTINGS, checkpoints
    )


@pytest.fixture(scope="module")
def model():
    return trained()


@pytest.mark.parametrize("vocabulary", [CHARACTERS, MIXED], ids=["characters", "words"])
def test_every_distribution_sums_to_one_and_never_holds_the_unknown_token(vocabulary):
    untrained = Gpt2.untrained(vocabulary, SETTINGS)
    tokens = vocabulary.encode(pa.array(["中国x人民的"])).symbol
    for end in range(1, len(tokens)):
        p = untrained.distribution(tokens[:end])
        assert p.sum() == pytest.approx(1, abs=1e-12)
        assert p[vocabulary.alphabet.unknown] == 0
        assert np.count_nonzero(p) == vocabulary.size - 1


def test_scores_are_those_of_the_distributions_one_by_one_and_no_document_sees_another(model):
    texts = pa.array(["中国", "的的人民科学。", "民"], pa.string())
    tokens = CHARACTERS.encode(texts)
    found = model[0].log_probabilities(tokens)
    for first, last in zip(tokens.offsets[:-1] - 1, tokens.offsets[1:] - 1, strict=True):
        for at in range(first, last):
            p = model[0].distribution(tokens.symbol[first : at + 1])[tokens.symbol[at + 1]]
            assert found[at] == pytest.approx(np.log(p), abs=1e-4)


def test_a_long_document_is_scored_with_at_least_half_a_context_before_each_token(model):
    tokens = CHARACTERS.encode(pa.array(["中国人民的科学。" * 4]))
    found = model[0].log_probabilities(tokens)
    symbols, context = tokens.symbol, SETTINGS.context
    assert len(found) == 33
    for at in range(len(found)):
        start = 0 if at < context else at - (at % (context // 2)) - context // 2
        p = model[0].distribution(symbols[start : at + 1])[symbols[at + 1]]
        assert found[at] == pytest.approx(np.log(p), abs=1e-4)


def test_training_learns_and_draws_its_curves(model):
    untrained = Gpt2.untrained(CHARACTERS, SETTINGS)
    held_out = CHARACTERS.encode(documents(20, 3))
    assert model[0].log_probabilities(held_out).sum() > 1.3 * untrained.log_probabilities(held_out).sum()
    steps = steps_of(CHARACTERS.encode(TRAINING), SETTINGS)
    assert [(p.series, p.step) for p in model[1]] == [
        (series, epoch * steps) for epoch in (1, 2, 3) for series in ("training_loss", "validation_loss")
    ]


def test_the_same_seed_trains_the_same_weights_and_arrays_bring_them_back(model):
    again = trained()[0].to_arrays()
    for name, array in model[0].to_arrays().items():
        assert array.tobytes() == again[name].tobytes(), name
    loaded = Gpt2.from_arrays(again, SETTINGS)
    tokens = CHARACTERS.encode(VALIDATION)
    np.testing.assert_array_equal(loaded.log_probabilities(tokens), model[0].log_probabilities(tokens))


def test_width_must_be_a_multiple_of_heads():
    with pytest.raises(ValueError, match="multiple of heads, got 16 and 3"):
        Gpt2.untrained(CHARACTERS, SETTINGS.model_copy(update={"heads": 3}))


TRAIN_SLOWLY = """
import sys, time
from pathlib import Path
from tasks.training import loop
from tests.unit.lm import test_gpt2
take = loop._Fitting._take_step
def slowly(self, batch, rate):
    take(self, batch, rate)
    time.sleep(0.05)
loop._Fitting._take_step = slowly
test_gpt2.trained(checkpoints=test_gpt2.Checkpoints(Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_a_training_that_was_killed_goes_on_to_the_very_weights(model, tmp_path):
    file = tmp_path / "checkpoint.safetensors"
    child = subprocess.Popen([sys.executable, "-c", TRAIN_SLOWLY, str(file)], cwd=Path(__file__).parents[3])
    while not file.exists() and child.poll() is None:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    kept = Checkpoints(file).load()
    assert 0 < kept.state["step"] < 3 * steps_of(CHARACTERS.encode(TRAINING), SETTINGS)
    resumed, points = trained(checkpoints=Checkpoints(file))
    assert points == model[1]
    for name, array in model[0].to_arrays().items():
        assert array.tobytes() == resumed.to_arrays()[name].tobytes(), name
