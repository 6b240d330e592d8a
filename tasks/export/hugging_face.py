"""A tokenizer.json that Hugging Face's tokenizers load: a Unigram model over the same pieces.

There is no normaliser and nothing is put before or after a text. A character without a piece is spelled by its
bytes and put together again by the decoder. The model matches its vocabulary as text, the names of bytes
included; a text that holds such a name, `<0x41>`, is split after its first character, so that it comes back as
it was. Special tokens in a text are those tokens.

Source: https://huggingface.co/docs/tokenizers/api/models#tokenizers.models.Unigram
"""

import json
from typing import Any

from tasks.export.vocabulary import CONTROL, UNKNOWN, Vocabulary

_NAME_OF_A_BYTE = "<(?=0x[0-9A-F]{2}>)"


def tokenizer_json(vocabulary: Vocabulary) -> str:
    """Return the text of the file."""
    special = [*CONTROL, *vocabulary.special]
    pieces = [[piece, 0.0] for piece in (*special, *vocabulary.bytes)]
    pieces += [[word, score] for word, score in zip(vocabulary.words, vocabulary.log_p.tolist(), strict=True)]
    fallback = bool(vocabulary.bytes)
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(index, token) for index, token in enumerate(special)],
        "normalizer": None,
        "pre_tokenizer": _apart() if fallback else None,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {
            "type": "Unigram",
            "unk_id": CONTROL.index(UNKNOWN),
            "vocab": pieces,
            "byte_fallback": fallback,
        },
    }
    return json.dumps(tokenizer, ensure_ascii=False, indent=1) + "\n"


def _added(index: int, token: str) -> dict[str, Any]:
    exact = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": index, "content": token, **exact, "special": True}


def _apart() -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": _NAME_OF_A_BYTE}, "behavior": "Isolated", "invert": False}
