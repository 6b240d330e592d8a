import pytest

from tasks.errors import InputError
from tasks.lexicon.user_words import load_dictionary
from tasks.settings import IngestSettings, LexiconSettings


def test_lists_and_files_are_read_and_folded_as_the_corpus_is(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("\ufeff經濟 12 n\n\n名著\n", encoding="utf-8")
    lexicon = LexiconSettings(force=("ＯＫ",), forbid=str(file), known=str(file), stop_characters="與")
    dictionary, known = load_dictionary(lexicon, IngestSettings(script="simplified", width="half"))
    assert dictionary.force == ("OK",)
    assert dictionary.forbid == ("名著", "经济")
    assert known == {"名著", "经济"}
    assert dictionary.stop_characters == "与"


@pytest.mark.parametrize("name", ["force", "forbid", "known"])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(tmp_path, name):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="cannot read the words of") as caught:
            load_dictionary(LexiconSettings.model_validate({name: str(path)}), IngestSettings())
        assert "\n" not in str(caught.value)
    (tmp_path / "gbk").write_bytes("经济".encode("gbk"))
    with pytest.raises(InputError, match="cannot read the words of"):
        load_dictionary(LexiconSettings.model_validate({name: str(tmp_path / "gbk")}), IngestSettings())
