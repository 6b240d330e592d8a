import inspect

import pytest
from pydantic import ValidationError

from tasks import settings
from tasks.settings import (
    EngineSettings,
    EvaluationSettings,
    IngestSettings,
    LexiconSettings,
    MineSettings,
    NgramSettings,
    StageSettings,
)

CLASSES = [
    kind
    for _, kind in inspect.getmembers(settings, inspect.isclass)
    if issubclass(kind, StageSettings) and kind is not StageSettings
]
OUT_OF_BOUNDS = [
    (IngestSettings, "unit", "word"),
    (IngestSettings, "width", "wide"),
    (IngestSettings, "script", "latin"),
    (IngestSettings, "text_column", "x" * 201),
    (IngestSettings, "max_document_chars", 999),
    (IngestSettings, "max_document_chars", 50_000_001),
    (IngestSettings, "max_sentence_chars", 99),
    (IngestSettings, "max_record_bytes", 999),
    (IngestSettings, "max_member_bytes", 0),
    (IngestSettings, "max_ratio", 0.5),
    (IngestSettings, "max_invalid_share", 0.2),
    (IngestSettings, "max_invalid_share", -0.1),
    (IngestSettings, "sample", 0),
    (IngestSettings, "shard_bytes", 1),
    (NgramSettings, "max_order", 0),
    (NgramSettings, "max_order", 17),
    (NgramSettings, "min_count", 0),
    (LexiconSettings, "method", "bpe"),
    (LexiconSettings, "max_length", 1),
    (LexiconSettings, "max_length", 65),
    (LexiconSettings, "min_count", 0),
    (LexiconSettings, "min_pmi", -1),
    (LexiconSettings, "min_pmi", 21),
    (EvaluationSettings, "gold", "x" * 4097),
    (EngineSettings, "master", "yarn"),
    (EngineSettings, "master", "spark://host"),
    (EngineSettings, "master", "spark://a b:7077"),
    (EngineSettings, "workers", 0),
    (EngineSettings, "workers", 257),
    (EngineSettings, "memory_share", 0),
    (EngineSettings, "memory_share", 1),
    (EngineSettings, "memory_mb", 255),
]


@pytest.mark.parametrize("kind", CLASSES)
def test_defaults_are_within_their_own_bounds(kind):
    assert kind.model_validate(kind().model_dump()) == kind()


@pytest.mark.parametrize("kind", CLASSES)
def test_settings_are_frozen(kind):
    made = kind()
    name = next(iter(kind.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, name, getattr(made, name))


@pytest.mark.parametrize("kind", CLASSES)
def test_an_unknown_name_is_refused(kind):
    with pytest.raises(ValidationError, match=r"max_oder\n.*not permitted"):
        kind(max_oder=3)


@pytest.mark.parametrize(("kind", "name", "value"), OUT_OF_BOUNDS)
def test_a_value_out_of_bounds_is_refused(kind, name, value):
    with pytest.raises(ValidationError) as caught:
        kind(**{name: value})
    assert [problem["loc"] for problem in caught.value.errors()] == [(name,)]


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind is not MineSettings])
def test_every_setting_is_explained(kind):
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


def test_settings_survive_json():
    chosen = MineSettings(ingest=IngestSettings(sample=7), engine=EngineSettings(memory_mb=512))
    assert MineSettings.model_validate_json(chosen.model_dump_json()) == chosen
