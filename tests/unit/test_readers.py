"""Readers that query the catalog while it is published: no error, and every answer is of one publication."""

import json
import subprocess
import sys
from pathlib import Path

from tasks.settings import MineSettings
from tasks.store.publish import working_on
from tests.tiny_corpus import batch_of, rows

READERS, PUBLICATIONS = 8, 20
READ = """
import json, sys, duckdb
query = "select " + ", ".join(
    f"(select {figure} from tiny.{table})"
    for figure, table in (("max(count)", "words"), ("max(count)", "lexicon"), ("count(*)", "runs"))
)
seen = []
print("ready", flush=True)
while not seen or seen[-1][0] < int(sys.argv[2]):
    with duckdb.connect(sys.argv[1], read_only=True) as catalog:
        seen += [list(catalog.execute(query).fetchone()) for _ in range(2)]
print(json.dumps(seen))
"""


def publish(home: Path, version: int) -> None:
    with working_on("tiny", str(home), MineSettings()) as run:
        for table in ("words", "lexicon"):
            of_version = [row | {"count": version} for row in rows()[table]]
            made = run.data.write(table, f"v{version}", {}, [batch_of(table, of_version)])
            run.set_current(table, [made])


def test_readers_see_one_publication_whole_while_others_are_published(tmp_path: Path):
    publish(tmp_path, 1)
    command = [sys.executable, "-c", READ, str(tmp_path / "catalog.duckdb"), str(PUBLICATIONS)]
    readers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(READERS)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    for version in range(2, PUBLICATIONS + 1):
        publish(tmp_path, version)
    versions = set()
    for reader in readers:
        told, errors = reader.communicate(timeout=120)
        assert reader.returncode == 0, errors
        answers = json.loads(told)
        assert [words == lexicon == runs for words, lexicon, runs in answers] == [True] * len(answers)
        assert answers == sorted(answers)
        versions |= {words for words, _, _ in answers}
    assert len(versions) > 2, "readers must have read while others were published"
