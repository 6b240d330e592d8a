"""Language models that others made, from a folder of this machine: Hugging Face's GPT-2, GPT2_ML.

Weights are read from safetensors, or from a TensorFlow checkpoint by the reader of this package. A pickle is refused:
reading one runs what is in it. Nothing is fetched.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from torch import nn

from tasks.errors import InputError, need
from tasks.lm.gpt2_ml import MODEL_TYPE, Gpt2Ml, Gpt2MlConfig, from_arrays, from_checkpoint, own_name
from tasks.lm.sampling import NextTokenModel
from tasks.lm.tensor_bundle import read_bundle
from tasks.store.files import write_atomically
from tasks.store.model_files import MODEL_FILE
from tasks.training.arrays import module_arrays
from tasks.training.device import best_device, device_of

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
HEAD_WIDTH = 64
_VOCABULARY, _UNKNOWN = "vocab.txt", "[UNK]"


def load_folder(folder: Path) -> NextTokenModel:
    """Return the model of a folder; InputError in one line when it is none that can be read safely."""
    if not folder.is_dir():
        raise InputError(f"cannot read a model from {str(folder)!r}: there is no such folder")
    if any(folder.glob("*.index")):
        return _speaker_of_gpt2_ml(load_checkpoint(folder), folder)
    config = _json(folder / "config.json")
    _refuse_pickles(folder)
    if config.get("model_type") == MODEL_TYPE:
        try:
            arrays = load_file(folder / MODEL_FILE)
        except (SafetensorError, OSError) as error:
            raise InputError(f"cannot read {str(folder / MODEL_FILE)!r}: {error}") from None
        return _speaker_of_gpt2_ml(from_arrays(Gpt2MlConfig.from_json(config), arrays), folder)
    if config.get("model_type") == "gpt2":
        return _load_gpt2(folder)
    raise InputError(
        f"model_type in {str(folder / 'config.json')!r} must be gpt2 or {MODEL_TYPE}; "
        f"got {config.get('model_type')!r}"
    )


def load_checkpoint(folder: Path) -> Gpt2Ml:
    """Return the GPT2_ML of a folder with one TensorFlow checkpoint; InputError when it holds another family's."""
    found = sorted(folder.glob("*.index"))
    if len(found) != 1:
        raise InputError(f"{str(folder)!r} must hold one checkpoint, NAME.index; it holds {len(found)}")
    arrays = read_bundle(found[0].with_suffix(""), lambda name: own_name(name) is not None)
    stated = [_json(path).get("num_attention_heads") for path in sorted(folder.glob("*.json"))]
    table = arrays.get("newslm/embeddings/word_embed")
    width = 0 if table is None else table.shape[-1]
    heads = next((heads for heads in stated if isinstance(heads, int)), max(1, width // HEAD_WIDTH))
    return from_checkpoint(arrays, heads)


def convert(folder: Path, out: Path) -> None:
    """Write the GPT2_ML of a TensorFlow checkpoint as model.safetensors, config.json and vocab.txt."""
    network = load_checkpoint(folder)
    vocabulary = _vocabulary(folder, network)
    out.mkdir(parents=True, exist_ok=True)
    save_file(module_arrays(network), out / MODEL_FILE)
    write_atomically(out / _VOCABULARY, "\n".join(vocabulary) + "\n")
    write_atomically(out / "config.json", json.dumps(network.config.to_json(), indent=1) + "\n")


def _load_gpt2(folder: Path) -> NextTokenModel:
    need("lm", "transformers", what="GPT-2")
    # Takes seconds to import; GPT2_ML does without.
    from transformers import AutoTokenizer, GPT2LMHeadModel

    if not list(folder.glob("*.safetensors")):
        raise InputError(f"{str(folder)!r} must hold the weights as model.safetensors; it holds none")
    try:
        network, found = GPT2LMHeadModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(f"cannot read a GPT-2 from {str(folder)!r}: {error}") from None
    odd = sorted({*found["missing_keys"], *found["unexpected_keys"]})
    if odd:
        raise InputError(
            f"{str(folder)!r} must hold the weights of a GPT-2, no more and no less; odd: {odd[0]}"
        )
    return NextTokenModel(
        read=lambda text: np.array(tokenizer.encode(text, add_special_tokens=False), np.int64),
        distribution=_distribution(network, lambda out: out.logits, network.config.n_positions),
        spell=lambda tokens: tokenizer.decode(
            tokens.tolist(), skip_special_tokens=True, clean_up_tokenization_spaces=False
        ),
        end=tokenizer.eos_token_id,
    )


def _speaker_of_gpt2_ml(network: Gpt2Ml, folder: Path) -> NextTokenModel:
    vocabulary = _vocabulary(folder, network)
    tokenizer = Tokenizer(WordPiece({token: n for n, token in enumerate(vocabulary)}, unk_token=_UNKNOWN))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()

    def spell(tokens: np.ndarray) -> str:
        named = [vocabulary[token] if token < len(vocabulary) else "" for token in tokens.tolist()]
        return "".join(
            name.removeprefix("##") for name in named if not (name.startswith("[") and len(name) > 1)
        )

    return NextTokenModel(
        read=lambda text: np.array(tokenizer.encode(text, add_special_tokens=False).ids, np.int64),
        distribution=_distribution(network, lambda out: out, network.config.positions),
        spell=spell,
        end=None,
    )


def _distribution(
    network: nn.Module, logits: Callable[[Any], torch.Tensor], positions: int
) -> Callable[[np.ndarray], np.ndarray]:
    network.to(best_device()).eval()

    def distribution(context: np.ndarray) -> np.ndarray:
        if not len(context):
            raise InputError("prompt must hold at least one token that the model knows; got none")
        with torch.no_grad():
            last = logits(network(torch.tensor(context[-positions:], device=device_of(network))[None]))[0, -1]
        return torch.softmax(last.double(), 0).numpy(force=True)

    return distribution


def _vocabulary(folder: Path, network: Gpt2Ml) -> list[str]:
    path = folder / _VOCABULARY
    try:
        vocabulary = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {str(path)!r}: {getattr(error, 'strerror', error)}") from None
    # v0.5 has two rows more than tokens.
    if not len(vocabulary) <= network.config.vocabulary <= len(vocabulary) + 2:
        raise InputError(
            f"{str(path)!r} must hold the {network.config.vocabulary} tokens of the model; it holds {len(vocabulary)}"
        )
    if _UNKNOWN not in vocabulary:
        raise InputError(f"{str(path)!r} must hold the token {_UNKNOWN}; it does not")
    return vocabulary


def _refuse_pickles(folder: Path) -> None:
    pickles = sorted(path.name for pattern in PICKLES for path in folder.glob(pattern))
    if pickles and not list(folder.glob("*.safetensors")):
        raise InputError(
            f"weights must be safetensors, since reading a pickle runs what is in it; "
            f"{str(folder)!r} holds {pickles[0]}"
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{str(path)!r} is not JSON: {error}") from None
    return values if isinstance(values, dict) else {}
