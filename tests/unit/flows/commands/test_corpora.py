import json

import pytest
from typer.testing import CliRunner

from flows.__main__ import app
from tests import tiny_corpus


def minlex(home, *arguments, typed=None):
    return CliRunner().invoke(app, list(arguments), env={"MINLEX_HOME": str(home)}, input=typed)


def test_corpora_are_listed(published_home, tmp_path):
    tiny_corpus.publish(published_home, "other", tiny_corpus.rows())
    rows = [json.loads(line) for line in minlex(published_home, "list", "--json").stdout.splitlines()]
    characters = sum(map(len, tiny_corpus.TEXTS.values()))
    assert rows == [
        {"corpus": name, "documents": 2, "characters": characters, "words": 4, "mined": ""}
        for name in ("other", "tiny")
    ]
    assert "tiny" in minlex(published_home, "list").stdout
    assert minlex(tmp_path / "none", "list").exit_code == 0


def test_tables_and_their_columns_are_described(published_home):
    assert "lexicon_decisions" in minlex(published_home, "tables").stdout
    columns = [
        json.loads(line) for line in minlex(published_home, "tables", "words", "--json").stdout.splitlines()
    ]
    assert columns[0]["column"] == "word"
    assert "table must be one of" in str(minlex(published_home, "tables", "wrods").exception)


def test_a_corpus_is_dropped_when_confirmed(published_home):
    refused = minlex(published_home, "drop", "tiny", typed="n\n")
    assert "corpus 'tiny' stays" in str(refused.exception)
    assert (published_home / "lake" / "tiny").exists()
    assert "corpus tiny is removed\n" in minlex(published_home, "drop", "tiny", typed="y\n").stdout
    assert not (published_home / "lake" / "tiny").exists()
    assert "corpus must be one mined" in str(minlex(published_home, "drop", "tiny", "--yes").exception)


@pytest.mark.parametrize("name", ["--version"])
def test_the_version_is_printed(published_home, name):
    assert minlex(published_home, name).stdout.startswith("minlex ")
