import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.crf.chain import LinearChain, torch_loss
from tasks.crf.tags import MAY_END, MAY_FOLLOW, MAY_START, S

torchcrf = pytest.importorskip("torchcrf", reason="pytorch-crf is not installed")


def chain_of(tags: int = 4, seed: int = 0, constrained: bool = False, dtype=torch.float64) -> LinearChain:
    torch.manual_seed(seed)
    rules = (MAY_FOLLOW, MAY_START, MAY_END) if constrained else ()
    chain = LinearChain(tags, *rules).to(dtype)
    for parameter in chain.parameters():
        torch.nn.init.normal_(parameter)
    return chain


def ragged(batch: int = 5, length: int = 7, tags: int = 4, dtype=torch.float64):
    unary = torch.randn(batch, length, tags, dtype=dtype, requires_grad=True)
    lengths = torch.tensor([length, 1, 0, 3, length - 1])[:batch]
    return unary, lengths, torch.randint(tags, (batch, length))


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("constrained", [False, True])
def test_gradients_are_those_of_finite_differences(partial, constrained):
    chain = chain_of(constrained=constrained)
    unary, lengths, known = ragged()
    if constrained:
        known[:] = S
    if partial:
        allowed = (torch.rand(5, 7, 4) < 0.5).to(torch.uint8)
        known = allowed.scatter(2, known[:, :, None], 1)

    def loss(unary, transitions, start, end):
        return torch.func.functional_call(
            _Loss(chain, lengths, known), {"chain.transitions": transitions, "chain.start": start, "chain.end": end},
            (unary,),
        )  # fmt: skip

    of = [p.detach().clone().requires_grad_() for p in (chain.transitions, chain.start, chain.end)]
    assert torch.autograd.gradcheck(loss, (unary, *of))


class _Loss(torch.nn.Module):
    def __init__(self, chain, lengths, known):
        super().__init__()
        self.chain, self.lengths, self.known = chain, lengths, known

    def forward(self, unary):
        return self.chain.loss(unary, self.lengths, self.known)


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kernel_and_torch_give_the_same_loss_and_gradients(partial, dtype):
    chain = chain_of(constrained=True, dtype=dtype)
    unary, lengths, known = ragged(dtype=dtype)
    known[:] = S
    if partial:
        known = torch.ones(5, 7, 4, dtype=torch.uint8)
        known[:, 2, :2] = 0
    of = (unary, chain.transitions, chain.start, chain.end)
    ours = chain.loss(unary, lengths, known)
    plain = torch_loss(unary, *chain.potentials(), lengths, known)
    weights = torch.rand(5, dtype=dtype)
    tolerance = 1e-5 if dtype == torch.float32 else 1e-11
    torch.testing.assert_close(ours, plain, atol=tolerance, rtol=tolerance)
    for a, b in zip(
        torch.autograd.grad((ours * weights).sum(), of),
        torch.autograd.grad((plain * weights).sum(), of),
        strict=True,
    ):
        torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("full", [False, True])
def test_loss_gradients_and_paths_are_those_of_pytorch_crf(full):
    torch.manual_seed(4)
    peer = torchcrf.CRF(4, batch_first=True).double()
    chain = LinearChain(4).double()
    chain.load_state_dict(
        {"transitions": peer.transitions, "start": peer.start_transitions, "end": peer.end_transitions}
    )
    unary, known = torch.randn(16, 20, 4, dtype=torch.float64, requires_grad=True), torch.randint(4, (16, 20))
    lengths = torch.full((16,), 20) if full else torch.arange(5, 21)
    mask = torch.arange(20) < lengths[:, None]
    loss, theirs = chain.loss(unary, lengths, known).sum(), -peer(unary, known, mask=mask)
    assert float(loss.detach()) == pytest.approx(float(theirs.detach()), abs=1e-9)
    ours = torch.autograd.grad(loss, (unary, *chain.parameters()))
    peers = torch.autograd.grad(
        theirs, (unary, peer.transitions, peer.start_transitions, peer.end_transitions)
    )
    for a, b in zip(ours, peers, strict=True):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=0)
    paths = chain.decode(unary, lengths).tags
    assert [path[:n].tolist() for path, n in zip(paths, lengths, strict=True)] == peer.decode(
        unary, mask=mask
    )


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, 12), seed=st.integers(0, 10_000), scale=st.sampled_from([0.1, 3.0, 200.0]))
def test_no_path_breaks_the_rules(length, seed, scale):
    chain = chain_of(seed=seed, constrained=True)
    unary = torch.randn(1, length, 4, dtype=torch.float64) * scale
    lengths = torch.tensor([length])
    found = [chain.decode(unary, lengths).tags[0], *chain.n_best(unary[0], 5).tags]
    for path in found:
        assert MAY_START[path[0]]
        assert MAY_END[path[-1]]
        assert MAY_FOLLOW[path[:-1], path[1:]].all()
    sums = chain.sums(unary, lengths)
    assert not sums.pairs[0][~MAY_FOLLOW].any()
    assert not sums.tags[0, 0][~MAY_START].any()
    assert sums.tags[0].sum(axis=1) == pytest.approx(np.ones(length))


def test_what_is_known_but_forbidden_has_an_infinite_loss():
    chain = chain_of(constrained=True)
    loss = chain.loss(torch.zeros(1, 1, 4, dtype=torch.float64), torch.tensor([1]), torch.tensor([[0]]))
    assert torch.isinf(loss).all()


def test_rules_must_fit_the_tags():
    with pytest.raises(ValueError, match=r"forbidden must have shape \(3, 3\), got \(4, 4\)"):
        LinearChain(3, MAY_FOLLOW)
