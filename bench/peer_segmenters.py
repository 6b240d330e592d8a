"""Other segmenters given the same words and counts, as functions that cut a list of texts on one thread.

SentencePiece reads a model file, a protocol buffer of which a few fields are needed (sentencepiece_model.proto,
release 0.2): pieces (1) with string (1), score (2) and type (3); of the normaliser (3) name (1) and three
switches (3-5); of the trainer (2) the model type (3) and the ids of special pieces (40-43).
"""

import importlib.metadata
import importlib.util
import os
import struct
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

Cut = Callable[[list[str]], object]
NORMAL, UNKNOWN, UNIGRAM = 1, 2, 1


def sentencepiece_model(counts: Counter[str]) -> bytes:
    """Return a unigram model of the words, identity normalisation, no dummy prefix."""
    scores = np.log(np.array(list(counts.values())) / counts.total())
    pieces = [_piece("<unk>", 0.0, UNKNOWN)]
    pieces += [_piece(word, score, NORMAL) for word, score in zip(counts, scores.tolist(), strict=True)]
    trainer = _number(3, UNIGRAM) + _number(40, 0) + b"".join(_number(i, -1) for i in (41, 42, 43))
    normaliser = _bytes(1, b"identity") + b"".join(_number(i, 0) for i in (3, 4, 5))
    return b"".join(_bytes(1, piece) for piece in pieces) + _bytes(2, trainer) + _bytes(3, normaliser)


def peer_segmenters(counts: Counter[str]) -> tuple[dict[str, Cut], dict[str, str]]:
    """Return (segmenters by name, versions); prints a line for each that is not installed."""
    cuts: dict[str, Cut] = {}
    versions = {}
    for name in ("sentencepiece", "rjieba", "jieba"):
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed: its figures are null")
            continue
        cuts |= {"sentencepiece": _sentencepiece, "rjieba": _rjieba, "jieba": _jieba}[name](counts)
        versions[name] = importlib.metadata.version(name)
    return cuts, versions


def _sentencepiece(counts: Counter[str]) -> dict[str, Cut]:
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model(counts))
    return {
        "sentencepiece ids": lambda texts: model.encode(texts, out_type=int, num_threads=1),
        "sentencepiece strings": lambda texts: model.encode(texts, out_type=str, num_threads=1),
    }


def _rjieba(counts: Counter[str]) -> dict[str, Cut]:
    import rjieba

    same = rjieba.Jieba.empty()
    for word, count in counts.items():
        same.add_word(word, count, "n")
    return {
        "rjieba same words": lambda texts: [same.cut(text, False) for text in texts],
        "rjieba own words": lambda texts: [rjieba.cut(text, False) for text in texts],
    }


def _jieba(counts: Counter[str]) -> dict[str, Cut]:
    import jieba

    jieba.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"words-{os.getpid()}.txt"
        path.write_text("".join(f"{word} {count}\n" for word, count in counts.items()), encoding="utf-8")
        tokenizer = jieba.Tokenizer(str(path))
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    return {"jieba": lambda texts: [tokenizer.lcut(text, HMM=False) for text in texts]}


def _piece(piece: str, score: float, kind: int) -> bytes:
    return _bytes(1, piece.encode()) + b"\x15" + struct.pack("<f", score) + _number(3, kind)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value & (1 << 64) - 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
