import pkgutil
import re
from pathlib import Path

import tasks.corpus
from tasks.corpus.rejects import REASONS
from tests.unit.corpus.reading import read

SOURCES = {
    module.name: Path(module.module_finder.path, f"{module.name.rpartition('.')[2]}.py").read_text(
        encoding="utf-8"
    )
    for module in pkgutil.walk_packages(tasks.corpus.__path__, "tasks.corpus.")
    if not module.ispkg and not module.name.endswith(".task")
}


def test_every_reason_is_documented_and_used():
    used = set()
    for name, source in SOURCES.items():
        if name != "tasks.corpus.rejects":
            used |= set(re.findall(r'"([a-z_]+)"', source)) & set(REASONS)
    assert used == set(REASONS)


def test_a_source_with_an_undecodable_name():
    assert read("\udcff.txt", "文字".encode()).documents[0]["source"] == "\\udcff.txt"
