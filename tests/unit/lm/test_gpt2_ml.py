import json
import math

import numpy as np
import pytest
import torch

from tasks.errors import InputError
from tasks.lm.gpt2_ml import Gpt2Ml, Gpt2MlConfig, from_checkpoint
from tasks.lm.local_models import convert, load_checkpoint, load_folder
from tasks.lm.tensor_bundle import read_bundle
from tests.unit.lm import bundles
from tests.unit.lm.bundles import write_bundle

WIDTH, HEADS, POSITIONS = 24, 3, 20
TOKENS = ["[PAD]", "[UNK]", *"中外科学名著。", "##a", "b"]


def checkpoint(layers=2, vocabulary=11, width=WIDTH, seed=3):
    """The names of the published checkpoints, random values, an optimiser's slots and a step among them."""
    draw = np.random.default_rng(seed)

    def array(*shape):
        return draw.normal(0, 0.2, shape).astype(np.float32)

    arrays = {
        "newslm/embeddings/word_embed": array(vocabulary, width),
        "newslm/embeddings/pos_embed": array(POSITIONS, width),
        "newslm/embeddings/LayerNorm_embed_norm/gamma": 1 + array(width),
        "newslm/embeddings/LayerNorm_embed_norm/beta": array(width),
        "global_step": np.array(7, np.int64),
    }
    for layer in range(layers):
        root = f"newslm/layer{layer:02d}"
        for name in ("query_layer", "key_layer", "value_layer", "context_projection_layer"):
            arrays |= {f"{root}/{name}/kernel": array(width, width), f"{root}/{name}/bias": array(width)}
        arrays |= {
            f"{root}/intermediate/kernel": array(width, 4 * width),
            f"{root}/intermediate/bias": array(4 * width),
        }
        arrays |= {f"{root}/output/kernel": array(4 * width, width), f"{root}/output/bias": array(width)}
        for norm in ("LayerNorm_mlp_ln0", "LayerNorm_mlp_ln1"):
            arrays |= {f"{root}/{norm}/gamma": 1 + array(width), f"{root}/{norm}/beta": array(width)}
        arrays[f"{root}/output/kernel/adafactor_vr"] = array(4 * width)
    return arrays


def forward(arrays, tokens, layers=2, heads=HEADS):
    """The network in NumPy, float64, from the formulas alone."""
    a = {name: array.astype(np.float64) for name, array in arrays.items()}

    def norm(x, name):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-5) * a[f"{name}/gamma"] + a[f"{name}/beta"]

    def dense(x, name):
        return x @ a[f"{name}/kernel"] + a[f"{name}/bias"]

    n = len(tokens)
    x = a["newslm/embeddings/word_embed"][tokens] + a["newslm/embeddings/pos_embed"][:n]
    x = norm(x, "newslm/embeddings/LayerNorm_embed_norm")
    for layer in range(layers):
        root = f"newslm/layer{layer:02d}"
        q, k, v = (dense(x, f"{root}/{name}_layer") for name in ("query", "key", "value"))
        size = q.shape[1] // heads
        mixed = []
        for h in range(heads):
            part = slice(h * size, (h + 1) * size)
            scores = q[:, part] @ k[:, part].T / np.sqrt(size)
            scores[np.triu_indices(n, 1)] = -np.inf
            weights = np.exp(scores - scores.max(1, keepdims=True))
            mixed.append(weights / weights.sum(1, keepdims=True) @ v[:, part])
        x = x + dense(np.concatenate(mixed, 1), f"{root}/context_projection_layer")
        inner = dense(norm(x, f"{root}/LayerNorm_mlp_ln0"), f"{root}/intermediate")
        inner = inner * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        x = norm(x + dense(inner, f"{root}/output"), f"{root}/LayerNorm_mlp_ln1")
    return x @ a["newslm/embeddings/word_embed"].T


@pytest.fixture
def folder(tmp_path):
    write_bundle(tmp_path / "model.ckpt-100000", checkpoint(), shards=2)
    (tmp_path / "vocab.txt").write_text("\n".join(TOKENS) + "\n", encoding="utf-8")
    (tmp_path / "mega.json").write_text(json.dumps({"num_attention_heads": HEADS}), encoding="utf-8")
    return tmp_path


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    arrays = checkpoint(layers=3)
    write_bundle(tmp_path / "model.ckpt", arrays, shards=3)
    found = read_bundle(tmp_path / "model.ckpt")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


@pytest.mark.parametrize("length", [1, 7, POSITIONS])
def test_logits_are_those_of_the_formulas(folder, length):
    tokens = np.random.default_rng(length).integers(0, len(TOKENS), length)
    with torch.no_grad():
        found = load_checkpoint(folder)(torch.tensor(tokens)[None])[0].numpy()
    np.testing.assert_allclose(found, forward(checkpoint(), tokens), atol=1e-4)


def test_a_converted_checkpoint_says_the_same(folder, tmp_path):
    convert(folder, tmp_path / "out")
    direct, converted = load_folder(folder), load_folder(tmp_path / "out")
    context = direct.read("中外科学b")
    assert direct.spell(context) == "中外科学b"
    np.testing.assert_array_equal(direct.distribution(context), converted.distribution(context))
    logits = forward(checkpoint(), context)[-1]
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    np.testing.assert_allclose(direct.distribution(context), expected, atol=1e-4)


@pytest.mark.parametrize("tokens, rows", [(8_021, 8_021), (21_128, 21_130)], ids=["v1.0", "v0.5"])
def test_both_vocabularies_are_read(tmp_path, tokens, rows):
    write_bundle(tmp_path / "model.ckpt", checkpoint(1, rows, 8))
    (tmp_path / "vocab.txt").write_text(
        "\n".join(f"t{n}" if n else "[UNK]" for n in range(tokens)) + "\n", encoding="utf-8"
    )
    assert load_checkpoint(tmp_path).config.vocabulary == rows
    convert(tmp_path, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["vocabulary"] == rows


def test_the_published_size_is_the_published_number_of_parameters():
    with torch.device("meta"):
        network = Gpt2Ml(Gpt2MlConfig(vocabulary=8_021, positions=1_024, width=1_536, layers=48, heads=24))
    assert sum(tensor.numel() for tensor in network.parameters()) == 1_373_809_152


def test_a_checkpoint_of_another_family_is_refused(tmp_path):
    write_bundle(tmp_path / "model.ckpt", {"bert/embeddings/word_embeddings": np.zeros((3, 2), np.float32)})
    with pytest.raises(InputError, match="must hold newslm/embeddings/word_embed"):
        load_checkpoint(tmp_path)


def test_a_layer_that_is_missing_or_misshapen_is_named():
    arrays = checkpoint()
    del arrays["newslm/layer01/output/bias"]
    with pytest.raises(
        InputError, match=r"of 2 layers must have layers.1.outer.bias of shape \(24,\); got None"
    ):
        from_checkpoint(arrays, HEADS)
    with pytest.raises(InputError, match="heads must divide the width 24, got 5"):
        from_checkpoint(checkpoint(), 5)


@pytest.mark.parametrize("shape, offset", [((4,), 1 << 63), ((1 << 40,), 0), ((0, 1 << 70), 0)])
def test_an_index_of_impossible_places_is_refused_before_anything_is_read(
    tmp_path, monkeypatch, shape, offset
):
    def entry(*_):
        sizes = b"".join(bundles.field(2, 2, bundles.field(1, 0, size)) for size in shape)
        told = bundles.field(1, 0, 1) + bundles.field(2, 2, sizes) + bundles.field(4, 0, offset)
        return told + bundles.field(5, 0, 4 * math.prod(shape))

    monkeypatch.setattr(bundles, "entry", entry)
    write_bundle(tmp_path / "m", {"a": np.zeros(4, np.float32)})
    with pytest.raises(InputError, match="cut off or damaged"):
        read_bundle(tmp_path / "m")


def test_damage_is_told_in_one_line(folder, tmp_path):
    index = folder / "model.ckpt-100000.index"
    whole = index.read_bytes()
    index.write_bytes(whole[:-1] + b"\0")
    with pytest.raises(InputError, match="is not the index of a TensorFlow checkpoint"):
        load_folder(folder)
    index.write_bytes(whole)
    data = folder / "model.ckpt-100000.data-00001-of-00002"
    data.write_bytes(data.read_bytes()[:-4])
    with pytest.raises(InputError, match="cut off or damaged"):
        load_folder(folder)
    data.unlink()
    with pytest.raises(InputError, match="No such file"):
        load_folder(folder)


@pytest.mark.parametrize("position", [0, 1, 40, -60, -47, -20])
def test_no_damaged_byte_of_an_index_crashes(folder, position):
    index = folder / "model.ckpt-100000.index"
    content = bytearray(index.read_bytes())
    for value in (0, 0x7F, 0xFF):
        content[position] = value
        index.write_bytes(bytes(content))
        try:
            load_folder(folder)
        except InputError as error:
            assert "\n" not in str(error)
