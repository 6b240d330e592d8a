from pathlib import Path

import numpy as np
import pytest

from tasks.errors import InputError
from tasks.store.models import (
    TABLES_OF_A_MODEL,
    Trained,
    load_trained,
    make_model,
    model_of,
    published_model,
    set_model,
)
from tasks.store.runs import Run, Stage

STAGE = Stage(name="train_something", version=1, tables=TABLES_OF_A_MODEL)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(run_id="r1", corpus="news", home=str(tmp_path))


def make(run: Run, kind: str, value: float = 1.0) -> tuple[str, list[Path]]:
    asked: list[Path] = []

    def train(checkpoint: Path) -> Trained:
        asked.append(checkpoint)
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.write_text("half way")
        return Trained(
            arrays={"a": np.array([value])},
            config={"vocabulary": ["一", "二"]},
            characters=7,
            curves=[("training_loss", 1, 2.5), ("training_loss", 2, value)],
        )

    return make_model(run, STAGE, kind, [], {"kind": kind, "value": value}, train).key, asked


def test_a_model_is_saved_with_its_curves_and_read_back(run: Run):
    key, [checkpoint] = make(run, "crf", 1.5)
    current = run.current()
    [row] = run.store.read(current["models"][0]).to_pylist()
    assert (row["model_id"], row["kind"], row["characters"]) == (key, "crf", 7)
    curves = run.store.read(current["training_curves"][0]).to_pylist()
    assert [(c["model_id"], c["step"], c["value"]) for c in curves] == [(key, 1, 2.5), (key, 2, 1.5)]
    arrays, config = load_trained(run.store, current["models"][0])
    assert arrays["a"].tolist() == [1.5]
    assert config["vocabulary"] == ["一", "二"]
    assert config["settings"] == {"kind": "crf", "value": 1.5}
    assert not checkpoint.exists()


def test_a_model_that_exists_is_not_trained_again(run: Run):
    make(run, "crf")
    assert make(run, "crf")[1] == []


def test_a_damaged_model_is_trained_again(run: Run):
    key, _ = make(run, "crf")
    (run.data.models.model(key) / "model.safetensors").write_bytes(b"x")
    assert len(make(run, "crf")[1]) == 1


def test_a_model_takes_the_place_of_its_kind_alone(run: Run):
    segmenter, _ = make(run, "segmenter")
    make(run, "crf", 1.0)
    newer, _ = make(run, "crf", 2.0)
    for table in TABLES_OF_A_MODEL:
        assert [d.key for d in run.current()[table]] == [segmenter, newer]
    set_model(run, "segmenter", None)
    for table in TABLES_OF_A_MODEL:
        assert [d.key for d in run.current()[table]] == [newer]
    assert model_of(run.store, run.current()["models"], "segmenter") is None


def test_a_kind_that_is_not_known_or_not_trained_is_refused(run: Run):
    with pytest.raises(ValueError, match="kind must be one of segmenter, crf"):
        make(run, "oracle")
    with pytest.raises(InputError, match="corpus 'news' has no model of kind crf"):
        published_model(run.data, "crf")
