"""One rule for where networks compute, and what of it a machine without CUDA can show."""

import os
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
import torch
from transformers import masking_utils

from tasks.crf import training as tagger
from tasks.crf.labels import labelled_words
from tasks.lm import gpt2
from tasks.lm.alphabet import Alphabet
from tasks.lm.vocabulary import Vocabulary
from tasks.settings import CrfSettings, LanguageModelSettings, TrainingSettings
from tasks.text_vae.sequence_vae import sequence_vae
from tasks.topics import topic_vae as topics
from tasks.topics.plsa import Counts
from tasks.training.device import CUBLAS, best_device, load_random, random_arrays
from tasks.vae.gaussian import Gaussian


def test_cuda_is_taken_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CUBLAS[0], raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device() == torch.device("cpu")
    assert CUBLAS[0] not in os.environ
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert best_device() == torch.device("cuda")
    assert os.environ[CUBLAS[0]] == CUBLAS[1]


def test_draws_go_on_from_where_they_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CUDA generator's state is kept beside the processor's; here a list stands for that generator."""
    set_to = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda: torch.arange(3, dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state: set_to.append(state.tolist()))
    with torch.random.fork_rng(devices=[]):
        kept = {name: np.array(array) for name, array in random_arrays().items()}
        drawn = torch.randn(4)
        load_random(kept)
        assert torch.equal(torch.randn(4), drawn)
    assert set_to == [[0, 1, 2]]


def test_a_text_vae_makes_its_tensors_on_its_own_device() -> None:
    """On the device `meta`, whose tensors have no values: one made elsewhere does not mix with them."""
    vae = sequence_vae(9, 3, embedding=4, width=5, normalised=0.5).to("meta").eval()
    assert vae.prior().mean.device.type == "meta"
    seen = torch.zeros(2, 10, device="meta")
    points = vae.encoder.head(seen).draw(3)
    assert vae.prior().log_density(points).device.type == "meta"
    before = torch.zeros(2, 4, dtype=torch.long, device="meta")
    assert vae.decoder.after(before, points[0]).shape == (2, 9)
    assert Gaussian(seen, seen).draw(1).device.type == "meta"


class _SteppedError(Exception):
    """What ends a training after its first loss: where that was."""


def first_step(module, problem, *_):
    loss = problem.loss(next(problem.batches(0)), 0)
    loss.backward()
    assert all(p.grad is None or p.grad.device == loss.device for p in module.parameters())
    raise _SteppedError(loss.device.type)


def train_a_tagger(encoder: str) -> None:
    gold = labelled_words([["北京", "人民"], ["中国", "的", "科学"]])
    tagger.train_tagger(
        gold, gold, tagger.Unlabelled(["北京"]), CrfSettings(encoder=encoder, min_characters=1, min_ngrams=1)
    )


def train_a_gpt2() -> None:
    texts = pa.array(["中国人民", "中国的科学"])
    vocabulary = Vocabulary.of_characters(Alphabet.of(texts))
    symbols = vocabulary.encode(texts)
    gpt2.train_gpt2(
        vocabulary, symbols, symbols, LanguageModelSettings(layers=1, width=8, heads=2, context=4)
    )


def train_topics() -> None:
    counts = Counts(np.array([0, 2, 4]), np.array([0, 1, 1, 2], np.int32), np.ones(4), 3)
    topics.fit_topic_vae(counts, counts, np.zeros((2, 3)), TrainingSettings(batch=2))


@pytest.mark.parametrize(
    ("module", "train"),
    [
        (tagger, partial(train_a_tagger, "cnn")),
        (tagger, partial(train_a_tagger, "cnn-reference")),
        (gpt2, train_a_gpt2),
        (topics, train_topics),
    ],
    ids=["crf", "crf-reference", "gpt2", "topics"],
)
def test_trainings_compute_on_the_device_there_is(module, train, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above: on `meta` a step fails if anything it mixes was left on the processor."""
    monkeypatch.setattr(module, "best_device", lambda: torch.device("meta"))
    monkeypatch.setattr(module, "fit", first_step)
    # Whether a stream is packed, GPT-2 asks of values, which there are none of.
    monkeypatch.setattr(masking_utils, "find_packed_sequence_indices", lambda positions: None)
    with pytest.raises(_SteppedError, match=r"^meta$"):
        train()
