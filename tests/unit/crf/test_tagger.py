import numpy as np
import pytest
import torch

from tasks.crf.examples import Examples, batch_of
from tasks.crf.features import COLUMNS
from tasks.crf.tagger import Tagger

COUNTS = (9, 9, 9)
VECTORS = np.random.default_rng(7).normal(size=(7, 5)).astype(np.float16)


@pytest.fixture
def examples() -> Examples:
    draw = np.random.default_rng(1)
    features = draw.integers(0, 9, (11, len(COLUMNS))).astype(np.int32)
    return Examples(features, draw.integers(0, 2, 11).astype(np.uint8), np.array([0, 4, 5, 11]))


def alone(tagger: Tagger, member: int) -> Tagger:
    single = Tagger("cnn", "crf", COUNTS, 1, VECTORS)
    single.encoders[0].load_state_dict(tagger.encoders[member].state_dict())
    single.chain.load_state_dict(tagger.chain.state_dict())
    return single.eval()


def test_members_differ_score_by_their_mean_and_learn_by_themselves(examples):
    torch.manual_seed(0)
    tagger = Tagger("cnn", "crf", COUNTS, 3, VECTORS).eval()
    batch = batch_of(examples, np.array([2, 0, 1]))
    members = [alone(tagger, member) for member in range(3)]
    unaries = [member(batch.features, batch.lengths) for member in members]
    assert not torch.allclose(unaries[0], unaries[1])
    torch.testing.assert_close(tagger(batch.features, batch.lengths), torch.stack(unaries).mean(0))
    tagger.loss(batch).sum().backward()
    for place, member in enumerate(members):
        member.loss(batch).sum().backward()
        learnt = dict(tagger.encoders[place].named_parameters())
        for name, parameter in member.encoders[0].named_parameters():
            torch.testing.assert_close(learnt[name].grad, parameter.grad / 3, msg=name)
    losses = torch.stack([member.loss(batch) for member in members])
    torch.testing.assert_close(tagger.loss(batch), losses.mean(0))
