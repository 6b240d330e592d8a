"""The models in the tools that they are written for."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.export.hugging_face import tokenizer_json
from tasks.export.protobuf import field, varint
from tasks.export.sentencepiece_model import sentencepiece_model
from tasks.export.vocabulary import BYTES, CONTROL, build_vocabulary
from tasks.unigram.segmenter import UnigramSegmenter
from tests.tiny_corpus import SENTENCES
from tests.unit.export.words import lexicon

sentencepiece = pytest.importorskip("sentencepiece")
tokenizers = pytest.importorskip("tokenizers")

WORDS = lexicon(
    科学=0.21, 名著=0.13, 中外=0.11, 学名=0.09, 科=0.07, 学=0.05, 名=0.047, 著=0.043, 中=0.041, 外=0.037,
    中外科学=0.031, it=0.029, i=0.023, t=0.019, **{"。": 0.07},
)  # fmt: skip
VOCABULARY = build_vocabulary(WORDS, special=["<sep>"])
PLAIN = build_vocabulary(WORDS, byte_fallback=False)
SEGMENTER = UnigramSegmenter(VOCABULARY.words, VOCABULARY.log_p)

texts = st.text("科学名著中外。it 龘😀\u2581\t\n\0<0x41>é\u3000", max_size=24)


def loaded(vocabulary):
    processor = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model(vocabulary))
    return processor, tokenizers.Tokenizer.from_str(tokenizer_json(vocabulary))


SENTENCEPIECE, HUGGING_FACE = loaded(VOCABULARY)


def test_both_number_the_pieces_alike():
    pieces = [*CONTROL, "<sep>", *BYTES, *VOCABULARY.words]
    assert [SENTENCEPIECE.id_to_piece(i) for i in range(SENTENCEPIECE.vocab_size())] == pieces
    assert [HUGGING_FACE.id_to_token(i) for i in range(HUGGING_FACE.get_vocab_size())] == pieces
    ids = [getattr(SENTENCEPIECE, name)() for name in ("unk_id", "bos_id", "eos_id", "pad_id")]
    assert ids == [0, 1, 2, 3]
    assert SENTENCEPIECE.is_byte(5)
    assert SENTENCEPIECE.is_unknown(0)
    assert all(map(SENTENCEPIECE.is_control, (1, 2, 3)))
    assert SENTENCEPIECE.get_score(SENTENCEPIECE.piece_to_id("科学")) == pytest.approx(
        dict(zip(VOCABULARY.words, VOCABULARY.log_p, strict=True))["科学"], abs=1e-6
    )


@settings(max_examples=300, deadline=None)
@given(st.text("科学名著中外。it", max_size=24))
@example("中外科学名著。")
def test_both_cut_as_the_segmenter_does(text):
    words = SEGMENTER.split(text)
    assert SENTENCEPIECE.encode(text, out_type=str) == words
    assert HUGGING_FACE.encode(text).tokens == words


@pytest.mark.parametrize("sentence", [text for *_, text in SENTENCES])
def test_sentences_of_a_corpus_are_cut_alike(sentence):
    words = SEGMENTER.split(sentence)
    assert [p for p in SENTENCEPIECE.encode(sentence, out_type=str) if p not in BYTES] == words
    assert [p for p in HUGGING_FACE.encode(sentence).tokens if p not in BYTES] == words


@settings(max_examples=300, deadline=None)
@given(texts)
@example("龘\U0001f468\u200d\U0001f469 <0x41>\u2581  \t\n\0")
@example("<0x41> 科<0xE7><0xA7><0x91>")
def test_what_is_encoded_decodes_to_the_same_text(text):
    assert SENTENCEPIECE.decode(SENTENCEPIECE.encode(text)) == text
    ids = HUGGING_FACE.encode(text).ids
    assert HUGGING_FACE.decode(ids, skip_special_tokens=False) == text
    assert 0 not in ids


def test_special_tokens_in_a_text_are_one_piece():
    assert SENTENCEPIECE.encode("科学<sep>名著", out_type=str) == ["科学", "<sep>", "名著"]
    assert HUGGING_FACE.encode("科学<sep>名著").tokens == ["科学", "<sep>", "名著"]


def test_without_byte_fallback_an_unseen_character_is_unknown():
    processor, tokenizer = loaded(PLAIN)
    assert processor.vocab_size() == tokenizer.get_vocab_size() == len(CONTROL) + len(PLAIN.words)
    assert processor.encode("科学龘") == tokenizer.encode("科学龘").ids == [processor.piece_to_id("科学"), 0]


def test_files_load_and_are_the_same_each_time(tmp_path):
    model, tokenizer = tmp_path / "m.model", tmp_path / "tokenizer.json"
    model.write_bytes(sentencepiece_model(VOCABULARY))
    tokenizer.write_text(tokenizer_json(VOCABULARY), encoding="utf-8")
    assert sentencepiece.SentencePieceProcessor(model_file=str(model)).vocab_size() == len(VOCABULARY)
    assert tokenizers.Tokenizer.from_file(str(tokenizer)).get_vocab_size() == len(VOCABULARY)
    assert model.read_bytes() == sentencepiece_model(build_vocabulary(WORDS, special=["<sep>"]))
    assert json.loads(tokenizer.read_text(encoding="utf-8"))["normalizer"] is None


def test_the_wire_format_is_that_of_protocol_buffers():
    assert varint(0) == b"\0"
    assert varint(127) == b"\x7f"
    assert varint(128) == b"\x80\x01"
    assert field(1, 1.0) == b"\x0d\0\0\x80\x3f"
    assert field(35, True) == b"\x98\x02\x01"
    assert field(2, "学") == b"\x12\x03\xe5\xad\xa6"
    with pytest.raises(ValueError, match="not be negative, got -1"):
        field(40, -1)
