import csv
import io

import polars as pl
import pytest
from hanlp_trie.dictionary import TrieDict

from tasks.errors import InputError
from tasks.export.comma_separated import comma_separated
from tasks.export.hanlp_dictionary import hanlp_dictionary
from tasks.export.jieba_dictionary import HIGHEST, LEAST, jieba_dictionary
from tasks.export.word_list import word_list
from tasks.lexicon.user_words import load_known_words
from tests.unit.export.words import lexicon

RARE = 1e-9
HARD = ("了是", "是在了", "的了", "我们的", "中国是了在", "A股", "c++", "维生素b", "很不高")


@pytest.fixture(scope="module")
def jieba_of(tmp_path_factory):
    jieba = pytest.importorskip("jieba")
    jieba.setLogLevel(60)

    def load(text):
        file = tmp_path_factory.mktemp("jieba") / "user.txt"
        file.write_text(text, encoding="utf-8")
        tokenizer = jieba.Tokenizer()
        tokenizer.tmp_dir = str(file.parent)
        with file.open("rb") as lines:
            tokenizer.load_userdict(lines)
        return tokenizer

    return load


def test_jieba_cuts_every_word_whole(jieba_of):
    text, left_out = jieba_dictionary(lexicon(**dict.fromkeys(HARD, RARE), 科学=0.4))
    assert left_out == 0
    plain, tokenizer = jieba_of(""), jieba_of(text)
    assert [word for word in HARD if plain.lcut(word) == [word]] == ["A股", "c++"]
    for word in HARD:
        assert tokenizer.lcut(word) == tokenizer.lcut(word, HMM=False) == [word]
    assert tokenizer.lcut("他说维生素b很不高") == ["他", "说", "维生素b", "很不高"]


def test_jieba_frequencies_keep_the_order_of_probabilities():
    text, _ = jieba_dictionary(lexicon(科学=0.9, 名著=0.001, 中外=RARE))
    assert text == f"科学 {HIGHEST}\n名著 {LEAST + 60_102}\n中外 {LEAST}\n"
    assert LEAST > HIGHEST**2 / 60_101_967


def test_jieba_leaves_out_what_it_could_not_cut():
    text, left_out = jieba_dictionary(lexicon(科=0.1, **{"——": 0.1, "𠀀学": 0.1, "ab c": 0.1, "1998年": 0.1}))
    assert text.split() == ["1998年", str(min(HIGHEST, LEAST + 6_010_197))]
    assert left_out == 3


def test_hanlp_has_three_fields_a_line():
    text, left_out = hanlp_dictionary(
        lexicon(科学=0.5, 中=0.001, **{"a b": 0.1, "a\u3000b": 0.1, "a\tb": 0.1})
    )
    assert text == "科学 nz 50\n中 nz 1\n"
    assert left_out == 3


def read_by_hanlp(text):
    """Read a dictionary as HanLP documents it: a word, then natures and frequencies in turns, parted by blanks.

    HanLP 1 is a Java program whose data has to be downloaded; this follows its description alone.
    """
    entries = {}
    for line in text.splitlines():
        word, *rest = line.split()
        natures = dict(zip(rest[::2], map(int, rest[1::2]), strict=True))
        assert all(nature.isascii() and nature.isalpha() for nature in natures)
        assert word not in entries
        entries[word] = natures
    return entries


def test_hanlp_reads_back_every_word_with_its_count():
    words = lexicon(**{"科学": 0.5, "12.5%": 0.25, "O'Neil": 0.125, "——": 0.0625, "𠀀学": 0.0625})
    text, left_out = hanlp_dictionary(words)
    assert left_out == 0
    assert read_by_hanlp(text) == {
        word: {"nz": count} for word, count in words.select("word", "count").iter_rows()
    }


def test_hanlp_2_cuts_out_the_words_of_the_dictionary():
    words = lexicon(**{"科学": 0.5, "科学名著": 0.25, "12.5%": 0.25, "𠀀学": 0.0625})
    text, _ = hanlp_dictionary(words)
    dictionary = TrieDict(read_by_hanlp(text))
    assert dict(dictionary.items()) == {w: {"nz": n} for w, n in words.select("word", "count").iter_rows()}
    assert dictionary.tokenize("科学名著的科学占12.5%，𠀀学不占") == [
        (0, 4, {"nz": 25}),
        (5, 7, {"nz": 50}),
        (8, 13, {"nz": 25}),
        (14, 16, {"nz": 6}),
    ]


def test_csv_guards_words_that_a_spreadsheet_would_compute():
    words = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "科学", 'a"b', "a,b", "'x"]
    text = comma_separated(
        pl.DataFrame({"word": words, "gain": [-1.5] * len(words), "pmi": [None] * len(words)})
    )
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["word"] for row in rows] == [
        *("'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx"),
        *("科学", 'a"b', "a,b", "'x"),
    ]
    assert {row["gain"] for row in rows} == {"-1.5"}
    assert {row["pmi"] for row in rows} == {""}


def test_txt_is_one_word_a_line():
    assert word_list(lexicon(科学=0.5, **{"a b": 0.1, "a\nb": 0.1})) == ("科学\na b\n", 1)


def test_known_words_are_the_first_field_of_a_line(tmp_path):
    file = tmp_path / "known.txt"
    file.write_bytes("\ufeff科学 12 n\r\n\n 名著\n中\u2028外\n".encode())
    assert load_known_words(file) == {"科学", "名著", "中"}


@pytest.mark.parametrize("name", ["none.txt", ".", "gb.txt", "a\0b"])
def test_known_words_that_cannot_be_read_are_refused(tmp_path, name):
    (tmp_path / "gb.txt").write_bytes("科学".encode("gb18030"))
    with pytest.raises(InputError, match="cannot read the words of"):
        load_known_words(tmp_path / name)
