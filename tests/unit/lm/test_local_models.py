import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from tasks.errors import InputError
from tasks.lm.local_models import load_folder

TOKENS = ["<end>", "<unk>", *"中外科学名著"]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=len(TOKENS), n_positions=16, n_embd=8, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0
    )
    network = GPT2LMHeadModel(config).eval()
    network.save_pretrained(folder)
    inner = Tokenizer(WordLevel({token: n for n, token in enumerate(TOKENS)}, unk_token=TOKENS[1]))
    inner.pre_tokenizer = Split("", "isolated")
    special = {"unk_token": TOKENS[1], "eos_token": TOKENS[0]}
    PreTrainedTokenizerFast(tokenizer_object=inner, **special).save_pretrained(folder)
    return folder, network


def copied(gpt2, tmp_path, *names):
    for path in gpt2[0].iterdir():
        if path.name in names or not names:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_a_folder_of_hugging_faces_is_read_and_says_what_its_network_says(gpt2):
    model = load_folder(gpt2[0])
    context = model.read("中外")
    with torch.no_grad():
        expected = torch.softmax(gpt2[1](torch.tensor(context)[None]).logits[0, -1], 0).numpy()
    np.testing.assert_allclose(model.distribution(context), expected, atol=1e-6)
    assert context.tolist() == [2, 3]
    assert model.end == 0


def test_a_pickle_is_refused_in_one_line(gpt2, tmp_path):
    folder = copied(gpt2, tmp_path, "config.json", "tokenizer.json")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(InputError, match=r"safetensors.*runs what is in it.*pytorch_model\.bin") as refused:
        load_folder(folder)
    assert "\n" not in str(refused.value)


def test_another_family_is_refused(gpt2, tmp_path):
    folder = copied(gpt2, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    with pytest.raises(InputError, match="must be gpt2 or gpt2_ml; got 'bert'"):
        load_folder(folder)
    sizes = {"vocabulary": 8, "positions": 16, "width": 8, "layers": 1, "heads": 2}
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2_ml", **sizes}))
    with pytest.raises(InputError, match="a GPT2_ML of 1 layers must have"):
        load_folder(folder)


def test_weights_of_another_family_under_a_gpt2s_name_are_refused(gpt2, tmp_path):
    from safetensors.numpy import save_file

    folder = copied(gpt2, tmp_path)
    save_file({"newslm.token": np.zeros((8, 8), np.float32)}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match="must hold the weights of a GPT-2"):
        load_folder(folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"], ids=["empty", "object", "list", "bytes"])
def test_a_folder_that_holds_no_model_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="there is no such folder"):
        load_folder(tmp_path / "none")
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(InputError):
        load_folder(tmp_path)
