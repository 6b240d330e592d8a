"""A SentencePiece unigram model: the file that SentencePieceProcessor loads.

The message ModelProto of sentencepiece_model.proto, of which these fields are written (number: meaning):

    ModelProto      1 pieces (repeated), 2 trainer_spec, 3 normalizer_spec
    SentencePiece   1 piece, 2 score (float, ln p), 3 type: 1 normal, 2 unknown, 3 control, 4 user-defined, 6 byte
    TrainerSpec     3 model_type (1 unigram), 4 vocab_size, 31 user_defined_symbols, 35 byte_fallback,
                    40-43 ids of unk, bos, eos, pad, 45-48 their pieces
    NormalizerSpec  1 name, 3 add_dummy_prefix, 4 remove_extra_whitespaces, 5 escape_whitespaces

Text is taken as it is: the identity normaliser, no blank put in front, none removed, none replaced. Scores are
single precision there, so that of two spellings whose ln p differ by less than about 1e-5 either may win.

Source: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
"""

from tasks.export.protobuf import field
from tasks.export.vocabulary import CONTROL, UNKNOWN, Vocabulary

_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE = 1, 2, 3, 4, 6
_UNIGRAM = 1
_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3


def sentencepiece_model(vocabulary: Vocabulary) -> bytes:
    """Return the bytes of the .model file."""
    rows = [
        *((piece, 0.0, _UNKNOWN if piece == UNKNOWN else _CONTROL) for piece in CONTROL),
        *((piece, 0.0, _USER_DEFINED) for piece in vocabulary.special),
        *((piece, 0.0, _BYTE) for piece in vocabulary.bytes),
        *zip(vocabulary.words, vocabulary.log_p.tolist(), [_NORMAL] * len(vocabulary.words), strict=True),
    ]
    pieces = [field(_PIECES, _piece(*row)) for row in rows]
    return b"".join(pieces) + field(_TRAINER, _trainer(vocabulary)) + field(_NORMALIZER, _normalizer())


def _piece(piece: str, score: float, kind: int) -> bytes:
    return field(1, piece) + field(2, score) + field(3, kind)


def _trainer(vocabulary: Vocabulary) -> bytes:
    return b"".join(
        [
            field(3, _UNIGRAM),
            field(4, len(vocabulary)),
            *(field(31, piece) for piece in vocabulary.special),
            field(35, bool(vocabulary.bytes)),
            *(field(40 + index, index) for index in range(len(CONTROL))),
            *(field(45 + index, piece) for index, piece in enumerate(CONTROL)),
        ]
    )


def _normalizer() -> bytes:
    return field(1, "identity") + b"".join(field(number, False) for number in (3, 4, 5))
