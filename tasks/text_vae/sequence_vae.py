"""A VAE of sequences: a recurrent encoder, and a recurrent decoder that reads z at each step (Bowman et al. 2016).

    ln q(x | z) = sum_t ln q(x_t | x_<t, z),   x_1 .. x_n symbols, x_n+1 the end

The scores of the symbols are linear in the decoder's state and in z itself, so z can favour the words of a subject at
every step without a place in the state (after TopicRNN, Dieng et al. 2017). A decoder that sees all earlier symbols can
do without z; in training each of them is hidden with probability `word_dropout`, which with free bits, warm-up or a
normalised posterior keeps z in use. With no dimensions there is no z: a language model of the same decoder, whose bound
is ln p(x) itself. Padding is never predicted, nor is a hidden symbol: where the data hold one it is read, and what it
costs is for others to say. Nats.
"""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from tasks.vae.gaussian import Gaussian
from tasks.vae.model import Encoder, PosteriorHead, StandardPrior, Vae

PADDING, END, HIDDEN = 0, 1, 2
FIRST_SYMBOL = 3


def padded(sequences: list[list[int]]) -> torch.Tensor:
    """Return int (sequences, longest + 1): each sequence of symbols from 3 up, its end, padding.

    >>> padded([[3, 4], [5]]).tolist()
    [[3, 4, 1], [5, 1, 0]]
    """
    longest = max(map(len, sequences), default=0) + 1
    rows = [[*row, END] + [PADDING] * (longest - len(row) - 1) for row in sequences]
    return torch.tensor(rows, dtype=torch.long).reshape(len(rows), longest)


def sequence_vae(
    symbols: int,
    dimensions: int,
    *,
    embedding: int = 128,
    width: int = 256,
    word_dropout: float = 0.0,
    normalised: float = 0.0,
) -> Vae:
    """Return a VAE of int (batch, length) below `symbols`; 0 dimensions make it a language model."""
    decoder = SequenceDecoder(symbols, dimensions, embedding, width, word_dropout)
    if not dimensions:
        return Vae(_NoEncoder(), decoder, StandardPrior(0))
    body = _SequenceBody(symbols, embedding, width)
    return Vae(
        Encoder(body, PosteriorHead(2 * width, dimensions, normalised)), decoder, StandardPrior(dimensions)
    )


class _SequenceBody(nn.Module):
    def __init__(self, symbols: int, embedding: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, embedding)
        self.recurrent = nn.GRU(embedding, width, batch_first=True, bidirectional=True)

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        """Return the last state of each direction (batch, 2 width)."""
        lengths = (data != PADDING).sum(dim=1)
        packed = pack_padded_sequence(
            self.embedding(data), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, last = self.recurrent(packed)
        return torch.cat([last[0], last[1]], dim=-1)


class _NoEncoder(nn.Module):
    def forward(self, data: torch.Tensor) -> Gaussian:
        """Return a posterior of no dimensions (batch, 0)."""
        nothing = torch.zeros(len(data), 0, device=data.device)
        return Gaussian(nothing, nothing)


class SequenceDecoder(nn.Module):
    """Scores sequences, and writes them, given z."""

    barred: torch.Tensor

    def __init__(
        self, symbols: int, dimensions: int, embedding: int, width: int, word_dropout: float
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, embedding)
        self.start = nn.Linear(dimensions, width) if dimensions else None
        self.recurrent = nn.GRU(embedding + dimensions, width, batch_first=True)
        self.output = nn.Linear(width + dimensions, symbols)
        barred = torch.zeros(symbols)
        barred[[PADDING, HIDDEN]] = float("-inf")
        self.register_buffer("barred", barred, persistent=False)
        self.width, self.word_dropout = width, word_dropout

    def forward(self, points: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return ln q(data | points), (samples, batch), for points (samples, batch, dimensions)."""
        samples, batch, _ = points.shape
        data = data[:, : int((data != PADDING).sum(dim=1).max())]
        before = functional.pad(data[:, :-1], (1, 0), value=END)
        before = before.repeat(samples, 1)
        if self.training and self.word_dropout:
            hidden = torch.rand(before.shape, device=before.device) < self.word_dropout
            # The first step reads no symbol that could be hidden.
            hidden[:, 0] = False
            before = before.masked_fill(hidden, HIDDEN)
        flat = points.reshape(samples * batch, -1)
        log_p, _ = self._step(before, flat, self._begin(flat))
        scored = data.masked_fill(data == HIDDEN, PADDING).repeat(samples, 1)
        loss = functional.nll_loss(
            log_p.flatten(0, 1), scored.flatten(), ignore_index=PADDING, reduction="none"
        )
        return -loss.reshape(samples, batch, -1).sum(dim=-1)

    def after(self, before: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        """Return ln p (batch, symbols) of what follows int (batch, length), given points (batch, dimensions)."""
        begun = functional.pad(before, (1, 0), value=END)
        return self._step(begun, points, self._begin(points))[0][:, -1]

    def write(
        self, points: torch.Tensor, longest: int, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Return int (batch, longest) written from points (batch, dimensions): likeliest symbols, or drawn ones.

        What follows the end is padding.
        """
        state = self._begin(points)
        now = torch.full((len(points), 1), END, device=points.device)
        ended = torch.zeros_like(now, dtype=torch.bool)
        written = []
        with torch.no_grad():
            for _ in range(longest):
                log_p, state = self._step(now, points, state)
                last = log_p[:, -1]
                now = (
                    last.argmax(dim=1, keepdim=True)
                    if generator is None
                    else torch.multinomial(last.exp(), 1, generator=generator)
                )
                now = now.masked_fill(ended, PADDING)
                ended = ended | (now == END)
                written.append(now)
        return torch.cat(written, dim=1)

    def _begin(self, points: torch.Tensor) -> torch.Tensor:
        if self.start is None:
            return torch.zeros(1, len(points), self.width, device=points.device)
        return torch.tanh(self.start(points)).unsqueeze(0)

    def _step(
        self, before: torch.Tensor, points: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ln p (batch, length, symbols) after `before` (batch, length), and the state."""
        read = points[:, None, :].expand(-1, before.shape[1], -1)
        seen, state = self.recurrent(torch.cat([self.embedding(before), read], dim=-1), state)
        # Barred by the bias, for which the scores, most of all memory, need not be copied.
        scores = functional.linear(
            torch.cat([seen, read], dim=-1), self.output.weight, self.output.bias + self.barred
        )
        return functional.log_softmax(scores, dim=-1), state


def reconstruction_accuracy(vae: Vae, data: torch.Tensor) -> float:
    """Return the share of symbols and ends of data (batch, length) that the posterior's mean writes in place."""
    written = vae.decoder.write(vae.encoder(data).mean, data.shape[1])  # type: ignore[operator]
    counted = data != PADDING
    return float(((written == data) & counted).sum() / counted.sum())
