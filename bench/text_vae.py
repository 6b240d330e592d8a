"""What z is worth to a decoder of couplets: `python -m bench.text_vae [--couplets 40000] [--epochs 3]`.

A seeded sample of the couplets, a tenth of it held out, a twentieth of the rest for validation, which chose the
settings; characters seen in training fewer than `RARE` times are one symbol, for both models alike. The twin is the
same decoder without z, trained as long on the same batches without hiding characters, which validation says is best
for it. Bits per character count the end. Both are measured on the same `--measured` held-out couplets: `iwae_bits` is
the bound of `--samples` draws, an upper bound of what the VAE costs, `twin_bits` the exact cost of the twin,
`saved_bits` their difference with `saved_error` for its standard error over couplets. Nats: `kl`, `mutual_information`
(of 1,000 couplets, at most ln 1000).
"""

import argparse
import json
import math
import os
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from bench.corpora import DATA, unpacked
from bench.gold import missing
from tasks.settings import TrainingSettings
from tasks.text_vae.sequence_vae import FIRST_SYMBOL, PADDING, padded, reconstruction_accuracy, sequence_vae
from tasks.training.checkpoint import Checkpoints
from tasks.training.loop import fit, reproducible
from tasks.vae.bounds import bound, log_weights_in_parts
from tasks.vae.collapse import active_units, mutual_information
from tasks.vae.gaussian import Gaussian
from tasks.vae.model import Vae
from tasks.vae.problem import Objective, Reading, VaeProblem

COUPLETS, RARE, SEED = "poems/couplets_5.txt.zst", 5, 0


def couplets(count: int) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    """Return couplets to train on, couplets held out, and the characters of their symbols; □ is any rare one."""
    lines = np.array(unpacked(DATA / COUPLETS).decode().split())
    chosen = np.random.default_rng(SEED).permutation(lines)[:count].tolist()
    held = len(chosen) // 10
    uses = Counter("".join(chosen[held:]))
    characters = ["□", *sorted(character for character, n in uses.items() if n >= RARE)]
    ids = {character: FIRST_SYMBOL + place for place, character in enumerate(characters)}
    data = padded([[ids.get(character, FIRST_SYMBOL) for character in line] for line in chosen])
    return data[held:], data[:held], characters


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--couplets", type=int, default=40_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--measured", type=int, default=1_000)
    parser.add_argument("--dimensions", type=int, default=16)
    parser.add_argument("--normalised", type=float, default=0.65, help="Deviation of the posterior's means.")
    parser.add_argument("--free-bits", type=float, default=0.0, help="Nats a dimension.")
    parser.add_argument("--word-dropout", type=float, default=0.0)
    parser.add_argument("--checkpoints", type=Path, help="Folder to keep trainings in; one cut off goes on.")
    options = parser.parse_args()
    if lacking := missing(COUPLETS):
        print(lacking)
        return
    training, held, characters = couplets(options.couplets)
    held = held[: options.measured]
    symbols = FIRST_SYMBOL + len(characters)
    settings = TrainingSettings(
        epochs=options.epochs, batch=64, learning_rate=2e-3, patience=options.epochs, threads=1, seed=SEED,
        weight_decay=0.0, checkpoint_steps=200,
    )  # fmt: skip
    to_bits = 1 / math.log(2) / int((held != PADDING).sum())
    chosen = {name: value for name, value in vars(options).items() if name != "checkpoints"}
    figures: dict[str, object] = chosen | {"symbols": symbols, "held_out": len(held)}

    def report(**values: float) -> None:
        figures.update(values)
        for name, value in values.items():
            print(f"{name:22} {value:.5g}", flush=True)

    def trained(dimensions: int, objective: Objective) -> Vae:
        with reproducible(SEED, 1):
            vae = sequence_vae(
                symbols,
                dimensions,
                word_dropout=options.word_dropout if dimensions else 0.0,
                normalised=options.normalised if dimensions else 0.0,
            )
        # Validation chooses among epochs; couplets that score must not.
        cut = len(training) // 20
        problem = VaeProblem(
            vae, training[cut:], training[:cut], settings, objective, reading=Reading(tokens=True)
        )
        name = "vae" if dimensions else "twin"
        path = options.checkpoints and options.checkpoints / f"{name}.safetensors"
        cpu = time.process_time()
        fit(vae, problem, settings, Checkpoints(path))
        report(**{f"{name}_train_cpu_s": time.process_time() - cpu})
        return vae

    def nats(vae: Vae, samples: int) -> torch.Tensor:
        with reproducible(SEED, 1):
            return -torch.cat([bound(weights) for weights in log_weights_in_parts(vae, held, samples)])

    of_twin = nats(trained(0, Objective()), 1)
    report(twin_bits=to_bits * float(of_twin.sum()))
    vae = trained(
        options.dimensions, Objective(free_bits=options.free_bits, warmup_epochs=options.epochs / 4)
    )
    with reproducible(SEED, 1), torch.no_grad():
        posterior = vae.encoder(held)
        report(
            elbo_bits=to_bits * float(nats(vae, 1).sum()),
            kl=float(vae.terms(held)[1].sum(dim=1).mean()),
            active_units=active_units(posterior.mean),
            mutual_information=mutual_information(Gaussian(*(part[:1_000] for part in posterior))),
            reconstruction_accuracy=reconstruction_accuracy(vae, held),
        )
        path = torch.lerp(posterior.mean[:1], posterior.mean[1:2], torch.linspace(0, 1, 5)[:, None])
        for written in vae.decoder.write(path, held.shape[1]).tolist():  # type: ignore[operator]
            print("".join(characters[symbol - FIRST_SYMBOL] for symbol in written if symbol >= FIRST_SYMBOL))
    saved = of_twin - nats(vae, options.samples)
    report(
        iwae_bits=to_bits * float((of_twin - saved).sum()),
        saved_bits=to_bits * float(saved.sum()),
        saved_error=to_bits * float(saved.std()) * math.sqrt(len(saved)),
    )
    versions = {name: version(name) for name in ("torch", "numpy")}
    print(json.dumps(figures | {"load": os.getloadavg()[0], "versions": versions}))


if __name__ == "__main__":
    main()
