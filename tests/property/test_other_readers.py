"""Files that are not corpora, random, cut or changed: a value or one line of InputError, no crash, no file left."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minlex.settings import mine_settings, training_settings
from tasks.errors import InputError
from tasks.evaluation.gold import load_gold
from tasks.lexicon.user_words import load_dictionary
from tasks.lm.tensor_bundle import read_bundle
from tasks.settings import CrfSettings, IngestSettings, LexiconSettings, MineSettings
from tasks.store.datasets import Store
from tasks.store.model_files import MODEL_FILE
from tasks.training.checkpoint import Checkpoint, Checkpoints
from tests import tiny_corpus
from tests.property.test_corpus_properties import FUZZ, TEXT
from tests.unit.lm.bundles import write_bundle

ARRAYS = {"a/b": np.arange(6, dtype=np.float32).reshape(2, 3), "a/c": np.ones(4, np.float32)}
ROWS = st.lists(
    st.lists(
        st.sampled_from(["科学", "学/n", "/n", "B", "E", "s", "1", "1-2", "3.1", "_", "中"]), max_size=4
    ).map("\t".join),
    max_size=8,
).map("\n".join)
TOML = st.lists(
    st.tuples(
        st.sampled_from(["[ingest]", "[lexicon]", "[crf.training]", "[crf]", "[[engine]]", ""]),
        st.sampled_from(["width", "method", "epochs", "known", "workers", "training", "x"]),
        st.sampled_from(
            ["1", "-1", "'half'", "[]", "{}", "nan", "1e400", "1979-05-27", "true", "[[1]]", '"\\u0000"']
        ),
    ).map(lambda line: f"{line[0]}\n{line[1]} = {line[2]}"),
    max_size=4,
).map("\n".join)
BYTES = st.one_of(st.binary(max_size=200), TEXT.map(lambda t: t.encode("utf-8", "surrogatepass")))


def changed(content: bytes) -> st.SearchStrategy[bytes]:
    """Return what is left when a file is cut, or some of its bytes are others."""

    def change(edits: list[tuple[int, int]]) -> bytes:
        edited = bytearray(content)
        for at, byte in edits:
            edited[at] = byte
        return bytes(edited)

    edit = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    cut = st.integers(0, len(content) - 1).map(lambda size: content[:size])
    return st.one_of(cut, st.lists(edit, min_size=1, max_size=4).map(change), st.binary(max_size=100))


def refused_or(read: Callable[[], object]) -> object:
    """Return what was read; None when it was refused, in one line."""
    try:
        return read()
    except InputError as error:
        assert "\n" not in str(error)
        return None


def in_file(content: bytes, read: Callable[[Path], object]) -> object:
    """Return what is read of a file with this content; reading leaves nothing beside it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given"
        path.write_bytes(content)
        found = refused_or(lambda: read(path))
        assert list(Path(folder).iterdir()) == [path]
        return found


@pytest.mark.parametrize("form", [None, "tagged", "spaced", "conll", "bmes"])
@FUZZ
@given(content=st.one_of(BYTES, ROWS.map(str.encode)))
@example(content=b"\xef\xbb\xbf")
def test_gold(form, content):
    found = in_file(content, lambda path: load_gold(str(path), form))
    if found is not None:
        assert found
        assert all(line.words and all(line.words) for line in found)


@FUZZ
@given(content=BYTES)
def test_dictionaries(content):
    def read(path):
        return load_dictionary(LexiconSettings(known=str(path), forbid=str(path)), IngestSettings())

    found = in_file(content, read)
    if found is not None:
        assert all(word == "".join(word.split()) for word in found[1])


@FUZZ
@given(content=st.one_of(BYTES, TOML.map(str.encode)))
def test_settings_files(content):
    found = in_file(content, mine_settings)
    assert found is None or isinstance(found, MineSettings)
    in_file(content, lambda path: training_settings(CrfSettings, "crf", path))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("bundle") / "m"
    write_bundle(prefix, ARRAYS)
    return prefix


@FUZZ
@given(data=st.data())
def test_indexes_of_checkpoints_of_tensorflow(bundle, data):
    index = bundle.with_name("m.index").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder) / "m"
        prefix.with_name("m.index").write_bytes(data.draw(changed(index)))
        values = bundle.with_name("m.data-00000-of-00001")
        prefix.with_name(values.name).write_bytes(values.read_bytes())
        arrays = refused_or(lambda: read_bundle(prefix))
        assert arrays is None or all(isinstance(array, np.ndarray) for array in arrays.values())


@FUZZ
@given(data=st.data())
def test_checkpoints(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.safetensors"
        Checkpoints(path).save(Checkpoint(arrays=ARRAYS, state={"step": 3}))
        path.write_bytes(data.draw(changed(path.read_bytes())))
        found = Checkpoints(path).load()
        assert found is None or isinstance(found.state, dict)


@FUZZ
@given(data=st.data())
def test_models_of_the_store(data):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        store.corpus("news").models.save("m1", ARRAYS, {"kind": "crf"})
        for name in (MODEL_FILE, "config.json"):
            path = store.corpus("news").models.model("m1") / name
            before = path.read_bytes()
            path.write_bytes(data.draw(changed(before)))
            arrays = refused_or(lambda: store.corpus("news").models.load("m1"))
            if name == MODEL_FILE and path.read_bytes() != before:
                assert arrays is None
            path.write_bytes(before)


@FUZZ
@given(data=st.data())
def test_manifests_and_what_is_published(data):
    with tempfile.TemporaryDirectory() as folder:
        tiny_corpus.publish(Path(folder), "tiny", tiny_corpus.rows())
        store = Store(folder)
        [words] = store.corpus("tiny").published_datasets("words")
        manifest = store.corpus("tiny").run_folder("words", words.key) / "_manifest.json"
        manifest.write_bytes(data.draw(changed(manifest.read_bytes())))
        found = refused_or(lambda: store.corpus("tiny").find("words", words.key))
        assert found is None or found.table == "words"
        published = store.corpus("tiny").folder / "corpus.json"
        whole = json.loads(published.read_bytes())
        published.write_bytes(data.draw(changed(published.read_bytes())))
        told = refused_or(lambda: store.corpus("tiny").published())
        assert told is None or isinstance(told, dict)
        published.write_text(json.dumps(whole), encoding="utf-8")
