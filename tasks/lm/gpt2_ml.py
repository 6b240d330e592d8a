"""GPT2_ML (J. Su, kexue.fm 7292; the Grover family): a GPT-2 whose layer norms stand elsewhere.

    x = LN_e(token + position);   per layer:  x = x + Attn(x),   x = LN_1(x + MLP(LN_0(x)));   logits = x token^T

No norm before the attention, none after the last layer, the token table is the output head; eps is 1e-5, the MLP is
four times as wide with GELU in its tanh form. A stock GPT-2 (norms before attention and MLP, one at the end) cannot
represent it. Published: 48 layers, width 1,536, 24 heads, 1,024 positions; vocabulary 8,021 (v1.0), or 21,128 of which
the table has 21,130 rows (v0.5).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from tasks.errors import InputError

MODEL_TYPE = "gpt2_ml"
_EPSILON = 1e-5
_ROOT = "newslm"
_OUTER = {
    "embeddings/word_embed": "token.weight",
    "embeddings/pos_embed": "position.weight",
    "embeddings/LayerNorm_embed_norm/gamma": "norm.weight",
    "embeddings/LayerNorm_embed_norm/beta": "norm.bias",
}
_LAYER = {
    "query_layer": "query", "key_layer": "key", "value_layer": "value",
    "context_projection_layer": "projection", "intermediate": "inner", "output": "outer",
    "LayerNorm_mlp_ln0": "norm_0", "LayerNorm_mlp_ln1": "norm_1",
}  # fmt: skip
_PARTS = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


@dataclass(frozen=True, kw_only=True)
class Gpt2MlConfig:
    """Sizes of a GPT2_ML."""

    vocabulary: int
    positions: int
    width: int
    layers: int
    heads: int

    def to_json(self) -> dict[str, Any]:
        """Return what a model's config.json holds."""
        return {"model_type": MODEL_TYPE, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Gpt2MlConfig":
        """Return the sizes that a config.json holds; InputError when it is that of another family."""
        if values.get("model_type") != MODEL_TYPE:
            raise InputError(
                f"model_type must be {MODEL_TYPE} for a GPT2_ML; got {values.get('model_type')!r}"
            )
        sizes = {name: values.get(name) for name in cls.__dataclass_fields__}
        if not all(isinstance(size, int) and size > 0 for size in sizes.values()):
            raise InputError(f"sizes of a GPT2_ML must be whole numbers above 0; got {sizes}")
        return cls(**sizes)  # type: ignore[arg-type]


class Gpt2Ml(nn.Module):
    """The network: tokens int64(batch, length) to logits float32(batch, length, vocabulary)."""

    def __init__(self, config: Gpt2MlConfig) -> None:
        super().__init__()
        self.config = config
        self.token = nn.Embedding(config.vocabulary, config.width)
        self.position = nn.Embedding(config.positions, config.width)
        self.norm = nn.LayerNorm(config.width, eps=_EPSILON)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return logits; ValueError when there are more tokens than positions."""
        length = tokens.shape[1]
        if length > self.config.positions:
            raise ValueError(f"tokens must be at most {self.config.positions}, got {length}")
        x = self.norm(self.token(tokens) + self.position.weight[:length])
        for layer in self.layers:
            x = layer(x)
        return x @ self.token.weight.T


class _Layer(nn.Module):
    def __init__(self, config: Gpt2MlConfig) -> None:
        super().__init__()
        width = config.width
        self._heads = config.heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.projection = nn.Linear(width, width)
        self.norm_0, self.norm_1 = (nn.LayerNorm(width, eps=_EPSILON) for _ in range(2))
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        split = (batch, length, self._heads, width // self._heads)
        query, key, value = (f(x).view(split).transpose(1, 2) for f in (self.query, self.key, self.value))
        attended = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.projection(attended.transpose(1, 2).reshape(batch, length, width))
        inner = nn.functional.gelu(self.inner(self.norm_0(x)), approximate="tanh")
        return self.norm_1(x + self.outer(inner))


def from_checkpoint(arrays: Mapping[str, np.ndarray], heads: int) -> Gpt2Ml:
    """Return the network of a TensorFlow checkpoint's arrays; InputError when they are not those of a GPT2_ML.

    The number of heads is not to be seen in the arrays: 24 in what is published.
    """
    renamed = {}
    for name, array in arrays.items():
        own = own_name(name)
        if own is not None:
            # TensorFlow keeps kernels as (in, out).
            renamed[own] = array.T if name.endswith("/kernel") else array
    if "token.weight" not in renamed or "position.weight" not in renamed:
        some = ", ".join(sorted(arrays)[:3]) or "nothing"
        raise InputError(
            f"a GPT2_ML checkpoint must hold {_ROOT}/embeddings/word_embed; this one holds {some}"
        )
    layers = len({name.split(".")[1] for name in renamed if name.startswith("layers.")})
    vocabulary, width = renamed["token.weight"].shape
    if heads < 1 or width % heads:
        raise InputError(f"heads must divide the width {width}, got {heads}")
    config = Gpt2MlConfig(
        vocabulary=vocabulary,
        positions=len(renamed["position.weight"]),
        width=width,
        layers=layers,
        heads=heads,
    )
    return from_arrays(config, renamed)


def from_arrays(config: Gpt2MlConfig, arrays: Mapping[str, np.ndarray]) -> Gpt2Ml:
    """Return the network of arrays under its own names; InputError when one is missing, odd or misshapen."""
    with torch.device("meta"):
        network = Gpt2Ml(config)
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    odd = sorted(
        name
        for name in wanted.keys() | arrays.keys()
        if name not in arrays or wanted.get(name) != arrays[name].shape
    )
    if odd:
        found = arrays[odd[0]].shape if odd[0] in arrays else None
        raise InputError(
            f"a GPT2_ML of {config.layers} layers must have {odd[0]} of shape {wanted.get(odd[0])}; got {found}"
        )
    tensors = {name: torch.tensor(np.array(array, np.float32, order="C")) for name, array in arrays.items()}
    network.load_state_dict(tensors, assign=True)
    return network.eval()


def own_name(name: str) -> str | None:
    """Return this module's name of a checkpoint's tensor; None for what is none of a GPT2_ML's weights.

    >>> own_name("newslm/layer07/LayerNorm_mlp_ln0/gamma")
    'layers.7.norm_0.weight'
    """
    root, _, inner = name.partition("/")
    if root != _ROOT:
        return None
    if inner in _OUTER:
        return _OUTER[inner]
    layer, _, rest = inner.partition("/")
    module, _, part = rest.partition("/")
    if not layer.startswith("layer") or module not in _LAYER or part not in _PARTS:
        return None
    return f"layers.{int(layer.removeprefix('layer'))}.{_LAYER[module]}.{_PARTS[part]}"
