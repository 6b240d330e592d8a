"""The linear chain as a torch module: loss, gradients, decoding, marginals; kernels on the CPU, torch elsewhere.

    loss = log Z - score(y)              a path of tags is given
    loss = log Z - log Z_allowed         only the allowed tags of each position are: the rest is summed over

Both are -log P(what is known) (J. Su, kexue.fm 5542, eq. 7; partial labels: Tsuboi et al. 2008). Gradients are
differences of marginals, so the kernels find them in the same passes as the loss. Forbidden transitions are -inf in
the sums and in the search alike.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from tasks.crf.paths import Paths, best_paths, n_best_paths, score_paths
from tasks.crf.sums import Sums, sum_paths, take_path, weigh

# Finite, so that no gradient of the torch path is undefined, and far below any sum of potentials.
_LOWEST = -1e30


class LinearChain(nn.Module):
    """Scores of neighbouring tags [tags, tags] from row to column, of the first [tags] and of the last [tags].

    `may_follow` bool[tags, tags], `may_start` and `may_end` bool[tags] say what is allowed; all is when left out.
    """

    forbidden: Tensor
    forbidden_start: Tensor
    forbidden_end: Tensor
    penalties: list[np.ndarray]  # the rules as what is added: 0 or -inf

    def __init__(
        self,
        tags: int,
        may_follow: np.ndarray | None = None,
        may_start: np.ndarray | None = None,
        may_end: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))
        self.end = nn.Parameter(torch.zeros(tags))
        self.penalties = []
        rules = {"forbidden": may_follow, "forbidden_start": may_start, "forbidden_end": may_end}
        for name, rule in rules.items():
            shape = (tags, tags) if name == "forbidden" else (tags,)
            may = np.ones(shape, bool) if rule is None else np.asarray(rule, bool)
            if may.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {may.shape}")
            self.register_buffer(name, torch.from_numpy(~may), persistent=False)
            self.penalties.append(np.where(may, np.float32(0), np.float32(-np.inf)))

    def potentials(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return (transitions, start, end), -inf where forbidden."""
        return (
            self.transitions.masked_fill(self.forbidden, -torch.inf),
            self.start.masked_fill(self.forbidden_start, -torch.inf),
            self.end.masked_fill(self.forbidden_end, -torch.inf),
        )

    def loss(self, unary: Tensor, lengths: Tensor, known: Tensor) -> Tensor:
        """Return -log P(known) of every sentence, [batch] in nats.

        unary float[batch, length, tags]; lengths int64[batch]; known is a path int64[batch, length] or the allowed
        tags uint8[batch, length, tags]. Infinite where what is known is forbidden.
        """
        if unary.device.type == "cpu":
            of = (self.transitions, self.start, self.end)
            return _KernelLoss.apply(unary, *of, self._numpy_potentials(), lengths, known)
        return torch_loss(unary, *self.potentials(), lengths, known)

    def decode(self, unary: Tensor, lengths: Tensor) -> Paths:
        """Return the best paths; shapes as in `best_paths`."""
        return best_paths(_numpy(unary), *self._numpy_potentials(), _numpy(lengths))

    def n_best(self, unary: Tensor, count: int) -> Paths:
        """Return the best paths of one sentence float[length, tags]; see `n_best_paths`."""
        return n_best_paths(_numpy(unary), *self._numpy_potentials(), count)

    def sums(self, unary: Tensor, lengths: Tensor) -> Sums:
        """Return log Z, marginals of tags and of pairs; see `sum_paths`."""
        return sum_paths(_numpy(unary), *self._numpy_potentials(), _numpy(lengths))

    def _numpy_potentials(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        transitions, start, end = (
            potential.numpy(force=True) + penalty
            for potential, penalty in zip(
                (self.transitions, self.start, self.end), self.penalties, strict=True
            )
        )
        return transitions, start, end


class _KernelLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        unary: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
        potentials: tuple[np.ndarray, np.ndarray, np.ndarray],
        lengths: Tensor,
        known: Tensor,
    ) -> Tensor:
        """Compute the loss and keep its gradients by sentence; potentials are those of the chain with its rules."""
        of = (_numpy(unary), *potentials, _numpy(lengths))
        sums = sum_paths(*of)
        if known.dim() == 2:
            path = _numpy(known)
            loss = sums.log_z - score_paths(*of, path)
            take_path(sums, path, of[4])
        else:
            restricted = sum_paths(*of, _numpy(known))
            loss = sums.log_z - restricted.log_z
            np.subtract(sums.tags, restricted.tags, out=sums.tags)
            np.subtract(sums.pairs, restricted.pairs, out=sums.pairs)
        ctx.save_for_backward(torch.from_numpy(sums.tags), torch.from_numpy(sums.pairs), lengths)
        return torch.from_numpy(loss).to(unary.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weight: Tensor) -> tuple[Tensor | None, ...]:
        """Weight the gradients of the sentences, [batch]."""
        tags, pairs, lengths = ctx.saved_tensors
        gradients = weigh(*(_numpy(of) for of in (tags, pairs, weight, lengths)))
        return *(torch.from_numpy(gradient) for gradient in gradients), None, None, None


def torch_loss(
    unary: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, known: Tensor
) -> Tensor:
    """Return the loss [batch] by torch's own operations, on any device; arguments as in `LinearChain.loss`."""
    unary, transitions, start, end = (p.clamp(min=_LOWEST) for p in (unary, transitions, start, end))
    log_z = torch_log_z(unary, transitions, start, end, lengths)
    if known.dim() == 3:
        kept = unary.masked_fill(known == 0, _LOWEST)
        return log_z - torch_log_z(kept, transitions, start, end, lengths)
    return log_z - _torch_score(unary, transitions, start, end, lengths, known)


def torch_log_z(unary: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """Return log Z [batch] of finite potentials by torch's own operations."""
    a = start + unary[:, 0]
    for t in range(1, unary.shape[1]):
        further = torch.logsumexp(a[:, :, None] + transitions, dim=1) + unary[:, t]
        a = torch.where((t < lengths)[:, None], further, a)
    return torch.where(lengths > 0, torch.logsumexp(a + end, dim=1), 0)


def _torch_score(
    unary: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, path: Tensor
) -> Tensor:
    live = torch.arange(unary.shape[1], device=unary.device) < lengths[:, None]
    path = torch.where(live, path, 0)
    rows = torch.arange(len(path), device=unary.device)
    last = path[rows, (lengths - 1).clamp(min=0)]
    score = torch.where(live, unary.gather(2, path[:, :, None])[:, :, 0], 0).sum(1)
    score = score + torch.where(live[:, 1:], transitions[path[:, :-1], path[:, 1:]], 0).sum(1)
    return score + torch.where(lengths > 0, start[path[:, 0]] + end[last], 0)


def _numpy(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.numpy(force=True))
