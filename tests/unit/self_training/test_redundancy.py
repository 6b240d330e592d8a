import numpy as np
import pyarrow as pa

from tasks.self_training.redundancy import split_redundant, strings
from tasks.text.characters import decode
from tasks.text.grams import gram_strings, mined_runs, number_grams
from tasks.text.token_rules import RAW


def lay_out(sentences):
    runs = mined_runs(decode(pa.array(["".join(s) for s in sentences])), RAW)
    begins = np.zeros(len(runs.character), bool)
    i = 1
    for sentence in sentences:
        for word in sentence:
            begins[i] = True
            i += len(word)
        i += 1
    return runs, number_grams(runs.character, 4), begins


def test_words_that_their_parts_explain_are_cut_everywhere():
    # 新的 is as frequent as chance has it, 中国 is not; 的 and 新 are words of their own
    sentences = [["新", "的"]] * 50 + [["的", "新"]] * 50 + [["新的"]] * 30 + [["中国", "新"]] * 40
    runs, grams, begins = lay_out(sentences)
    result = split_redundant(runs, grams, begins)
    expected = lay_out([["新", "的"] if s == ["新的"] else s for s in sentences])[2]
    assert result.tolist() == expected.tolist()


def test_a_part_that_falls_out_itself_is_cut_too():
    sentences = [["a"], ["b"], ["c"]] * 300 + [["abc"]] * 3 + [["ab"]] * 60 + [["abcc"]] * 2
    runs, grams, begins = lay_out(sentences)
    result = split_redundant(runs, grams, begins)
    assert np.flatnonzero(result).tolist() == np.flatnonzero(runs.character >= 0).tolist()


def test_gram_strings_spell_the_grams():
    runs, grams, _ = lay_out([["中国"], ["国"]])
    spelled = strings(*gram_strings(runs, grams, np.arange(len(grams.count))))
    assert sorted(spelled.to_pylist()) == ["中", "中国", "国"]
