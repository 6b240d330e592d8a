"""The next-token interface of a text VAE: one z for each text, then symbol after symbol.

With a prompt z is drawn from p(z | prompt): by sampling-importance resampling (Rubin 1988), one of `PROPOSED` draws of
the prior, chosen with probability proportional to q(prompt | z). Where a sentence would say that the document goes
on, the text ends: another sentence would have another z.
"""

import dataclasses

import numpy as np
import pyarrow as pa
import torch

from tasks.lm.alphabet import EDGE
from tasks.lm.sampling import NextTokenModel
from tasks.text_vae.model import TextVae
from tasks.text_vae.sequence_vae import END
from tasks.text_vae.sequences import GOES_ON, symbol_of_token
from tasks.training.device import best_device

PROPOSED = 64


def next_token_model(model: TextVae) -> NextTokenModel:
    """Return a text VAE as a next-token model; its distributions are those of one z once `condition` has drawn it."""
    symbol, device = symbol_of_token(model.vocabulary), best_device()
    decoder = model.vae.decoder

    def distribution(context: np.ndarray, point: torch.Tensor) -> np.ndarray:
        before = torch.tensor(symbol[context[1:]], device=device)[None]
        with torch.no_grad():
            p = decoder.after(before, point).double().exp()[0].cpu().numpy()  # type: ignore[operator]
        of_tokens = p[symbol]
        of_tokens[EDGE] = p[END] + p[GOES_ON]
        return of_tokens / of_tokens.sum()

    def condition(draw: np.random.Generator, context: np.ndarray) -> NextTokenModel:
        points = torch.tensor(
            draw.standard_normal((PROPOSED, model.dimensions)), dtype=torch.float32, device=device
        )
        chosen = draw.random()
        if len(context) > 1:
            prompt = torch.tensor(symbol[context[1:]], device=device)[None].expand(PROPOSED, -1)
            with torch.no_grad():
                weight = torch.softmax(decoder(points[None], prompt)[0].double(), dim=0).cpu().numpy()
            chosen_point = min(int(np.searchsorted(np.cumsum(weight), chosen)), PROPOSED - 1)
        else:
            chosen_point = 0
        point = points[chosen_point : chosen_point + 1]
        return dataclasses.replace(
            unconditional, distribution=lambda tokens: distribution(tokens, point), condition=None
        )

    unconditional = NextTokenModel(
        read=lambda text: model.vocabulary.encode(pa.array([text])).symbol[:-1],
        distribution=lambda tokens: distribution(tokens, torch.zeros(1, model.dimensions, device=device)),
        spell=model.vocabulary.spell,
        end=EDGE,
        condition=condition,
    )
    return unconditional
