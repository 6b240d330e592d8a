"""The chain's kernels beside pytorch-crf, one thread: `python -m bench.crf_kernels [--rounds 30]`.

Random potentials of 128 sentences of 64 characters and 4 tags, full and ragged, float32. The loss is timed with the
gradients of unary potentials, transitions, start and end; decoding is Viterbi alone. Rounds are interleaved, figures
are medians. `loss_ratio` and `decode_ratio` are the lower of both shapes. Gradients are compared in float64, where
both are exact to many digits; in float32 each is held against those.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import torch
from torch import Tensor

from tasks.crf.chain import LinearChain

BATCH, LENGTH, TAGS = 128, 64, 4


def contenders(dtype: torch.dtype, ragged: bool) -> tuple[dict[str, Callable], dict[str, Callable]]:
    """Return (loss and gradients, best paths) of ours and of pytorch-crf on the same potentials."""
    from torchcrf import CRF

    torch.manual_seed(0)
    peer = CRF(TAGS, batch_first=True).to(dtype)
    chain = LinearChain(TAGS).to(dtype)
    of = {"transitions": peer.transitions, "start": peer.start_transitions, "end": peer.end_transitions}
    chain.load_state_dict(of)
    unary = torch.randn(BATCH, LENGTH, TAGS, dtype=torch.float64).to(dtype).requires_grad_()
    tags = torch.randint(TAGS, (BATCH, LENGTH))
    lengths = torch.randint(1, LENGTH + 1, (BATCH,)) if ragged else torch.full((BATCH,), LENGTH)
    lengths[0] = LENGTH
    mask = torch.arange(LENGTH) < lengths[:, None]
    values = unary.detach()

    def ours() -> tuple[Tensor, ...]:
        loss = chain.loss(unary, lengths, tags).sum()
        return torch.autograd.grad(loss, (unary, *chain.parameters()))

    def theirs() -> tuple[Tensor, ...]:
        loss = -peer(unary, tags, mask=mask)
        return torch.autograd.grad(
            loss, (unary, peer.transitions, peer.start_transitions, peer.end_transitions)
        )

    def our_paths() -> list[list[int]]:
        found = chain.decode(values, lengths).tags.tolist()
        return [path[:n] for path, n in zip(found, lengths.tolist(), strict=True)]

    losses = {"minlex": ours, "pytorch-crf": theirs}
    return losses, {"minlex": our_paths, "pytorch-crf": lambda: peer.decode(values, mask=mask)}


def difference(first: tuple[Tensor, ...], second: tuple[Tensor, ...]) -> float:
    """Return the largest difference between two sets of gradients."""
    return max(float((a.double() - b.double()).abs().max()) for a, b in zip(first, second, strict=True))


def medians(of: dict[str, Callable], rounds: int) -> dict[str, float]:
    """Return median milliseconds over interleaved rounds."""
    for call in of.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in of}
    for _ in range(rounds):
        for name, call in of.items():
            began = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    if find_spec("torchcrf") is None:
        print("skipped: the package pytorch-crf is not installed")
        return
    torch.set_num_threads(1)
    figures: dict[str, object] = {}
    ratios: dict[str, list[float]] = {"loss_ratio": [], "decode_ratio": []}
    gradients, same = [], True
    print(f"{'':16} {'minlex ms':>10} {'peer ms':>10} {'ratio':>7}")
    for shape, ragged in (("full", False), ("ragged", True)):
        exact, _ = contenders(torch.float64, ragged)
        reference = exact["minlex"]()
        gradients.append(difference(reference, exact["pytorch-crf"]()))
        losses, paths = contenders(torch.float32, ragged)
        same = same and paths["minlex"]() == paths["pytorch-crf"]()
        for name, compute in losses.items():
            figures[f"float32_error_{name}_{shape}"] = difference(compute(), reference)
        for what, of in (("loss", losses), ("decode", paths)):
            taken = medians(of, options.rounds)
            ratio = taken["pytorch-crf"] / taken["minlex"]
            ratios[f"{what}_ratio"].append(ratio)
            print(
                f"{what + ', ' + shape:16} {taken['minlex']:10.3f} {taken['pytorch-crf']:10.3f} {ratio:7.1f}"
            )
            figures |= {
                f"{what}_ms_{shape}": round(taken["minlex"], 3),
                f"{what}_peer_ms_{shape}": round(taken["pytorch-crf"], 3),
                f"{what}_ratio_{shape}": round(ratio, 1),
            }
    figures = {name: round(min(values), 1) for name, values in ratios.items()} | {
        "gradient_difference": max(gradients),
        "identical_paths": same,
        **figures,
        "shape": [BATCH, LENGTH, TAGS],
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in ("torch", "pytorch-crf", "numba")},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
