"""Other trainers of unigram lexicons, as functions (texts, size) -> lexicon with probabilities as they score.

Both run on one thread, without a prefix or normalisation, every character kept, pieces up to 16 characters. As
shipped, SentencePiece cuts where the script or a digit begins and tokenizers cuts nowhere; `sentencepiece` goes
without its cuts, which is the freedom Minlex has here. The size counts every piece as it does for `minlex export`:
<unk>, <s>, </s>, <pad> and 256 bytes too, which a lexicon leaves out.
"""

import importlib.metadata
import importlib.util
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from tasks.export.vocabulary import BYTES, CONTROL
from tasks.lexicon.pruning import UnigramLexicon

Trainer = Callable[[pa.StringArray, int], UnigramLexicon]
LONGEST = 16


def peer_trainers() -> tuple[dict[str, Trainer], dict[str, str]]:
    """Return (trainers by name, versions); prints a line for each that is not installed."""
    os.environ |= {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    trainers: dict[str, Trainer] = {
        "sentencepiece": lambda texts, size: _sentencepiece(texts, size, cuts=False),
        "sentencepiece as shipped": lambda texts, size: _sentencepiece(texts, size, cuts=True),
        "tokenizers": _tokenizers,
    }
    versions = {}
    for name in ("sentencepiece", "tokenizers"):
        if importlib.util.find_spec(name):
            versions[name] = importlib.metadata.version(name)
        else:
            print(f"{name} is not installed: its figures are null")
    return {name: train for name, train in trainers.items() if name.split()[0] in versions}, versions


def model_of(file: Path) -> UnigramLexicon:
    """Return the pieces of text of a SentencePiece model: no <unk>, no control symbol and no byte."""
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=str(file))
    signs = (model.is_unknown, model.is_control, model.is_byte)
    ids = [i for i in range(model.get_piece_size()) if not any(is_sign(i) for is_sign in signs)]
    return _lexicon({model.id_to_piece(i): model.get_score(i) for i in ids})


def _sentencepiece(texts: pa.StringArray, size: int, *, cuts: bool) -> UnigramLexicon:
    import sentencepiece

    with tempfile.TemporaryDirectory() as folder:
        path, model = Path(folder) / "train.txt", Path(folder) / "m"
        path.write_text("\n".join(texts.to_pylist()), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(path), model_prefix=str(model), vocab_size=size, model_type="unigram",
            character_coverage=1.0, add_dummy_prefix=False, normalization_rule_name="identity",
            remove_extra_whitespaces=False, pad_id=len(CONTROL) - 1, max_sentencepiece_length=LONGEST,
            split_by_unicode_script=cuts, split_by_number=cuts, byte_fallback=True,
            max_sentence_length=1 << 24, num_threads=1, minloglevel=2,
        )  # fmt: skip
        return model_of(Path(f"{model}.model"))


def _tokenizers(texts: pa.StringArray, size: int) -> UnigramLexicon:
    from tokenizers import Tokenizer, models, trainers

    plain = texts.to_pylist()
    tokenizer = Tokenizer(models.Unigram())
    alphabet = sorted(set("".join(plain)))
    trainer = trainers.UnigramTrainer(
        vocab_size=size - len(CONTROL) - len(BYTES), show_progress=False, special_tokens=[], initial_alphabet=alphabet,
        max_piece_length=LONGEST,
    )  # fmt: skip
    tokenizer.train_from_iterator(plain, trainer)
    return _lexicon(dict(json.loads(tokenizer.to_str())["model"]["vocab"]))


def _lexicon(scores: dict[str, float]) -> UnigramLexicon:
    return UnigramLexicon(pa.array(list(scores), pa.string()), np.exp(np.array(list(scores.values()))))
