import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import tasks.corpus
from tasks.corpus.rejects import REASONS
from tests.unit.corpus.reading import read

MODULES = [module.name for module in pkgutil.iter_modules(tasks.corpus.__path__) if module.name != "task"]
SOURCES = {name: Path(tasks.corpus.__path__[0], f"{name}.py").read_text(encoding="utf-8") for name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(f"tasks.corpus.{name}")).failed == 0


def test_every_reason_is_documented_and_used():
    used = set()
    for name, source in SOURCES.items():
        if name != "rejects":
            used |= set(re.findall(r'"([a-z_]+)"', source)) & set(REASONS)
    assert used == set(REASONS)


def test_a_source_with_an_undecodable_name():
    assert read("\udcff.txt", "文字".encode()).documents[0]["source"] == "\\udcff.txt"
