"""What a text VAE has learned, in figures and in texts: samples, lines between sentences, sentences written again."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import torch

from tasks.text_vae.model import TextVae
from tasks.text_vae.sequence_vae import reconstruction_accuracy
from tasks.text_vae.sequences import Pieces, cut_documents
from tasks.training.loop import reproducible
from tasks.vae.collapse import active_units, mutual_information
from tasks.vae.gaussian import Gaussian, kl_by_dimension

STEPS = 7
LINES = 4
# Mutual information costs the square of the sentences, and is at most the logarithm of their number.
MOST_SENTENCES = 1_000
_ENCODED_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Description:
    """What z carries of unseen sentences: nats, dimensions, and the share of their symbols written in place."""

    kl: float
    active_units: float
    mutual_information: float
    reconstruction_accuracy: float

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Written:
    """One text: its `kind`, number and place on the line, the sentence it is written after and that one's document."""

    kind: str
    number: int
    place: int
    text: str
    source: str | None = None
    document: int | None = None


def sentences_of(texts: pa.StringArray, longest: int, most: int, seed: int) -> Pieces:
    """Return at most `most` of the pieces of documents, drawn by seed, in order."""
    pieces = cut_documents(texts, longest)
    drawn = np.random.default_rng(seed).permutation(len(pieces.text))[:most]
    return pieces.take(np.sort(drawn))


def describe(model: TextVae, sentences: Pieces, *, seed: int = 0, threads: int = 1) -> Description:
    """Return what z carries of sentences."""
    symbols = model.encode(sentences)
    with reproducible(seed, threads), torch.no_grad():
        parts = [model.vae.encoder(part) for part in symbols.split(_ENCODED_AT_ONCE)]
        posterior = Gaussian(*(torch.cat(same) for same in zip(*parts, strict=True)))
        divergence = kl_by_dimension(posterior, model.vae.prior())
        few = Gaussian(posterior.mean[:MOST_SENTENCES], posterior.log_variance[:MOST_SENTENCES])
        return Description(
            kl=float(divergence.sum(dim=1).mean()),
            active_units=active_units(posterior.mean),
            mutual_information=mutual_information(few),
            reconstruction_accuracy=reconstruction_accuracy(model.vae, symbols),
        )


def written(
    model: TextVae, sentences: Pieces, shown: int, *, seed: int = 0, threads: int = 1
) -> Iterator[Written]:
    """Yield `shown` texts of drawn points, the lines between some sentences, and `shown` sentences written again."""
    with reproducible(seed, threads), torch.no_grad():
        points = torch.randn(shown, model.dimensions)
        for number, text in enumerate(model.write(points, seed)):
            yield Written(kind="sample", number=number, place=0, text=text)
        few = sentences.take(np.arange(min(max(shown, 2 * LINES), len(sentences.text))))
        means = model.vae.encoder(model.encode(few)).mean
        source, document = few.text.to_pylist(), few.document.tolist()
        for number in range(min(LINES, len(source) // 2)):
            ends = 2 * number, 2 * number + 1
            share = torch.linspace(0, 1, STEPS, device=means.device)[:, None]
            path = torch.lerp(means[ends[0] : ends[0] + 1], means[ends[1] : ends[1] + 1], share)
            for place, text in enumerate(model.write(path)):
                end = {0: ends[0], STEPS - 1: ends[1]}.get(place)
                yield Written(
                    kind="interpolation",
                    number=number,
                    place=place,
                    text=text,
                    source=None if end is None else source[end],
                    document=None if end is None else document[end],
                )
        for number, text in enumerate(model.write(means[:shown])):
            yield Written(
                kind="reconstruction",
                number=number,
                place=0,
                text=text,
                source=source[number],
                document=document[number],
            )
