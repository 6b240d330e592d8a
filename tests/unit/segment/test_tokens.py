"""Slices of the sentences, cut by workers that make the segmenter themselves, give the tokens of the whole."""

import pyarrow as pa
import pytest

from tasks.corpus.batches import Documents, chosen_documents
from tasks.corpus.slices import even_slices, row_group_slices
from tasks.segment import tokens as cutting
from tasks.segment.tokens import COLUMNS, Recipe, cut_slice, token_rows
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary
from tests import tiny_corpus


@pytest.fixture
def recipe(published_home, store):
    [lexicon] = store.corpus("tiny").published_datasets("lexicon")
    dictionary = UserDictionary.of(["科学。"], [], "")
    return Recipe(str(published_home), lexicon, TokenRules(), dictionary)


def tokens(recipe, documents, slices):
    return [
        row for part in slices for batch in cut_slice(recipe, documents, part) for row in batch.to_pylist()
    ]


@pytest.mark.parametrize("cut", [row_group_slices, lambda paths: even_slices(paths, 1)])
def test_slices_give_the_tokens_of_the_whole(recipe, store, cut):
    [sentences] = store.corpus("tiny").published_datasets("sentences")
    documents = chosen_documents(store, [])
    whole = token_rows(
        recipe.cutter(), pa.Table.from_batches(store.batches(sentences, COLUMNS)).to_batches()[0]
    )
    assert whole["word"].to_pylist() == ["中外", "科学。", "科学", "名著", "科学", "名著"]
    assert tokens(recipe, documents, cut(store.parts(sentences))) == whole.to_pylist()


def test_duplicates_are_left_out(recipe, store):
    [sentences] = store.corpus("tiny").published_datasets("sentences")
    documents = Documents(listed=pa.array([11]).to_numpy(), only_listed=False)
    found = tokens(recipe, documents, row_group_slices(store.parts(sentences)))
    assert {row["doc_id"] for row in found} == {12}


def test_a_worker_makes_the_segmenter_once(recipe, store, monkeypatch):
    [sentences] = store.corpus("tiny").published_datasets("sentences")
    made = []
    whole = Recipe.cutter
    monkeypatch.setattr(Recipe, "cutter", lambda self: made.append(self) or whole(self))
    cutting._kept.cache_clear()
    slices = even_slices(store.parts(sentences), 1)
    assert len(slices) == len(tiny_corpus.SENTENCES) > 1
    tokens(recipe, chosen_documents(store, []), slices)
    assert len(made) == 1
