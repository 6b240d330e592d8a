"""Encoders: features of characters [batch, length, 9] and vectors to unary potentials [batch, length, tags].

- `cnn`: embeddings of the character, the two bigrams and the class, lexicon bits, vectors from raw text; residual
  convolutions of width 3; beside them a linear model whose features are n-grams, as in a CRF without a network
  (Lafferty et al. 2001).
- `bilstm`: the same, with a bidirectional LSTM in place of the convolutions.
- `cnn-reference`: the network of J. Su, kexue.fm 5542: one embedding of 128, three convolutions of width 3 and 128
  ReLU channels, nothing else.

While training, n-grams and characters are now and then taken for unknown ones, which otherwise would hardly be seen.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from tasks.crf.features import CLASSES, WORD_BITS
from tasks.ngrams.gram_keys import EDGE, UNKNOWN

EncoderName = Literal["cnn", "bilstm", "cnn-reference"]

CHARACTER, NGRAM, KIND = 64, 32, 8
HIDDEN, BLOCKS, DROPOUT = 128, 2, 0.2
FORGET_CHARACTER, FORGET_NGRAM, FORGET_WORDS = 0.02, 0.2, 0.1


class Sizes(NamedTuple):
    """Numbers that embeddings are for: of characters, bigrams and trigrams; widths of a character's vectors; tags."""

    characters: int
    bigrams: int
    trigrams: int
    vectors: int
    tags: int


class Encoder(nn.Module):
    """Embeddings, a body that looks around, and n-grams that vote on the tag directly."""

    def __init__(self, sizes: Sizes, body: nn.Module) -> None:
        super().__init__()
        self.character = _embedding(sizes.characters, CHARACTER)
        self.bigram = _embedding(sizes.bigrams, NGRAM)
        self.kind = nn.Embedding(CLASSES, KIND)
        self.inner = nn.Linear(CHARACTER + 2 * NGRAM + KIND + WORD_BITS + sizes.vectors, HIDDEN)
        self.body = body
        self.dropout = PieceDropout(DROPOUT)
        self.outer = nn.Linear(HIDDEN, sizes.tags)
        self.votes = nn.ModuleList(
            [
                *(_votes(sizes.characters, sizes.tags) for _ in range(3)),
                *(_votes(sizes.bigrams, sizes.tags) for _ in range(2)),
                _votes(sizes.trigrams, sizes.tags),
            ]
        )

    def forward(self, features: Tensor, lengths: Tensor, vectors: Tensor) -> Tensor:
        """Return float[batch, length, tags] of int64[batch, length, 9], vectors float[batch, length, width]."""
        characters, left, right, around, kind, words = features[:, :, :6].unbind(-1)
        bits = (words[:, :, None] >> torch.arange(WORD_BITS, device=words.device)) & 1
        if self.training:
            characters = _forget(characters, FORGET_CHARACTER)
            left, right, around = (_forget(numbers, FORGET_NGRAM) for numbers in (left, right, around))
            bits = bits * (torch.rand(words.shape, device=words.device) >= FORGET_WORDS)[:, :, None]
        inputs = (
            self.character(characters),
            self.bigram(left),
            self.bigram(right),
            self.kind(kind),
            bits.float(),
            vectors,
        )
        live = (torch.arange(words.shape[1], device=words.device) < lengths[:, None])[:, :, None]
        hidden = self.inner(self.dropout(torch.cat(inputs, dim=-1))) * live
        unary = self.outer(self.dropout(self.body(hidden, live)))
        before = nn.functional.pad(characters, (1, 0))[:, :-1]
        after = nn.functional.pad(characters, (0, 1))[:, 1:]
        for vote, numbers in zip(self.votes, (characters, before, after, left, right, around), strict=True):
            unary = unary + vote(numbers)
        return unary


class Convolutions(nn.Module):
    """Residual blocks of a convolution of width 3: x + dropout(gelu(conv(norm(x))))."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in range(BLOCKS))
        self.convolutions = nn.ModuleList(_Convolution(HIDDEN, HIDDEN) for _ in range(BLOCKS))
        self.last = nn.LayerNorm(HIDDEN)
        self.dropout = PieceDropout(DROPOUT)

    def forward(self, x: Tensor, live: Tensor) -> Tensor:
        """Map [batch, length, channels]; `live` bool[batch, length, 1] is false for padding."""
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            x = x + self.dropout(nn.functional.gelu(convolution(norm(x) * live)))
        return self.last(x)


class Recurrence(nn.Module):
    """A bidirectional LSTM over the pieces of a batch, as long as each is."""

    def __init__(self) -> None:
        super().__init__()
        self.recurrence = nn.LSTM(HIDDEN, HIDDEN // 2, bidirectional=True, batch_first=True)

    def forward(self, x: Tensor, live: Tensor) -> Tensor:
        """Map [batch, length, channels]; `live` bool[batch, length, 1] is false for padding."""
        lengths = live[:, :, 0].sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, _ = nn.utils.rnn.pad_packed_sequence(
            self.recurrence(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        return y


class ReferenceEncoder(nn.Module):
    """The network of the source: characters alone, three plain convolutions."""

    def __init__(self, sizes: Sizes, channels: int = 128) -> None:
        super().__init__()
        self.character = _embedding(sizes.characters, channels)
        self.convolutions = nn.ModuleList(_Convolution(channels, channels) for _ in range(3))
        self.outer = nn.Linear(channels, sizes.tags)

    def forward(self, features: Tensor, lengths: Tensor, vectors: Tensor) -> Tensor:
        """Return float[batch, length, tags] of int64[batch, length, 9], vectors float[batch, length, width]."""
        live = (torch.arange(features.shape[1], device=features.device) < lengths[:, None])[:, :, None]
        x = self.character(features[:, :, 0])
        for convolution in self.convolutions:
            x = nn.functional.relu(convolution(x * live))
        return self.outer(x)


class PieceDropout(nn.Module):
    """Dropout of whole channels of a piece [batch, length, channels] (Gal and Ghahramani 2016): few draws."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """Return x with channels zeroed and the others scaled up while training."""
        if not self.training:
            return x
        kept = torch.rand(len(x), 1, x.shape[2], device=x.device) >= self.share
        return x * (kept / (1 - self.share))


class _Convolution(nn.Module):
    """A convolution of width 3 along the text as one matrix product, which is faster on a CPU than conv1d."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.weight = nn.Linear(3 * channels, out)

    def forward(self, x: Tensor) -> Tensor:
        before = nn.functional.pad(x, (0, 0, 1, 0))[:, :-1]
        after = nn.functional.pad(x, (0, 0, 0, 1))[:, 1:]
        return self.weight(torch.cat((before, x, after), dim=-1))


def encoder_of(name: EncoderName, sizes: Sizes) -> nn.Module:
    """Return a new encoder; ValueError for a name that is none."""
    if name == "cnn":
        return Encoder(sizes, Convolutions())
    if name == "bilstm":
        return Encoder(sizes, Recurrence())
    if name == "cnn-reference":
        return ReferenceEncoder(sizes)
    raise ValueError(f"encoder must be cnn, bilstm or cnn-reference, got {name!r}")


def _embedding(size: int, width: int) -> nn.Embedding:
    embedding = nn.Embedding(size, width, padding_idx=EDGE)
    nn.init.normal_(embedding.weight, std=0.1)
    with torch.no_grad():
        embedding.weight[EDGE] = 0
    return embedding


def _votes(size: int, tags: int) -> nn.Embedding:
    votes = nn.Embedding(size, tags)
    nn.init.zeros_(votes.weight)
    return votes


def _forget(numbers: Tensor, share: float) -> Tensor:
    drawn = torch.rand(numbers.shape, device=numbers.device) < share
    return torch.where(drawn & (numbers != EDGE), UNKNOWN, numbers)
