import json

import pytest
from pydantic import ValidationError

from tasks.store.datasets import Dataset
from tasks.store.state import CorpusState
from tasks.text.state import dictionary_of, rules_of
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary

DOCUMENTS = {"corpus": "news", "table": "documents", "key": "d1", "rows": 2, "bytes": 900}
# As version 0.1.0 wrote it, beside a fact of a version to come.
WRITTEN = {
    "batches": [{"batch_id": "4beae07", "content_hashes": ["ab", "cd"], "documents": DOCUMENTS}],
    "convention": TokenRules().as_state(),
    "dictionary": {"forbid": [], "force": ["科学"]},
    "fact_to_come": {"deep": [1, None]},
    "ingest": {"deduplicate": True, "sample": None},
    "known_words": ["中国", "科学"],
    "made_from": None,
    "overlap": DOCUMENTS | {"table": "duplicates"},
    "report": "reports/news/r1/index.html",
    "settings": {"lexicon": {"method": "minlex"}},
    "withdrawn": [],
}


def written(state: object) -> str:
    return json.dumps({"tables": {}, "state": state}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def test_a_state_as_earlier_versions_wrote_it_is_read_and_written_back_byte_by_byte(store):
    corpus = store.corpus("news")
    corpus.folder.mkdir(parents=True)
    (corpus.folder / "corpus.json").write_text(written(WRITTEN), encoding="utf-8")
    tables, state = corpus.published()
    assert state.content_hashes == {"ab", "cd"}
    assert state.overlap == Dataset(**DOCUMENTS | {"table": "duplicates"})
    assert rules_of(state) == TokenRules()
    assert dictionary_of(state) == UserDictionary(force=("科学",))
    corpus.publish(tables, state)
    assert (corpus.folder / "corpus.json").read_text(encoding="utf-8") == written(WRITTEN)


@pytest.mark.parametrize("absent", WRITTEN)
def test_facts_that_were_not_set_are_not_written(absent):
    some = {name: value for name, value in WRITTEN.items() if name != absent}
    assert CorpusState.model_validate(some).as_json() == some


def test_an_empty_state_has_no_facts():
    assert CorpusState().as_json() == {}
    assert CorpusState().content_hashes == set()


def test_a_state_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        CorpusState().report = "other"
