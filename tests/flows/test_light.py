"""Commands import nothing heavy that they do not need: an import hook refuses it, and they work all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.newspaper import lines

ROOT = Path(__file__).parents[2]
NETWORKS = ("torch", "transformers", "tokenizers")
RUNS = ("prefect", "pyspark", *NETWORKS)
CHECKS = ("great_expectations", "pandas", "sqlalchemy")
PAGES = ("altair", "vl_convert", "jinja2")
TABLES = ("numpy", "pyarrow", "polars", "duckdb", "numba", "scipy", "pydantic")

REFUSING = '''
import sys
from importlib.machinery import ModuleSpec

class Refusing:
    """Libraries may look whether a module is there; importing it is refused."""

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name.partition(".")[0] in refused else None

    def create_module(self, spec):
        raise ImportError(f"refused: {spec.name}")

    def exec_module(self, module):
        pass

refused = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Refusing())
sys.argv = ["minlex", *sys.argv[2:]]
from flows.__main__ import main
main()
'''


def minlex(home: Path, refused: tuple[str, ...], *arguments: object, stdin: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", REFUSING, ",".join(refused), *map(str, arguments)],
        input=stdin, capture_output=True, text=True, cwd=ROOT, timeout=300,
        env=environment | {"MINLEX_HOME": str(home), "PREFECT_HOME": str(home / "prefect")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_help_is_written_without_the_libraries_that_commands_use(tmp_path: Path) -> None:
    shown = minlex(tmp_path, (*RUNS, *CHECKS, *PAGES, *TABLES), "--help")
    assert "segment" in shown
    assert "Keep it running" in shown


@pytest.mark.parametrize("name", ["mine", "segment", "export", "train crf", "up", "sql"])
def test_help_on_a_command_is_written_without_them(tmp_path: Path, name: str) -> None:
    libraries = tuple(library for library in TABLES if library != "pydantic")
    assert "--quiet" in minlex(tmp_path, (*RUNS, *CHECKS, *PAGES, *libraries), *name.split(), "--help")


def test_mining_needs_no_prefect_and_nothing_new_no_checks_and_cutting_neither(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("\n".join(lines(60, seed=40)), encoding="utf-8")
    mine = ("mine", text, "--corpus", "light", "--workers", 1)
    assert "1 new file, 0 known" in minlex(tmp_path, RUNS, *mine)
    again = minlex(tmp_path, (*RUNS, *CHECKS, *PAGES, "polars", "numba", "scipy"), *mine)
    assert "nothing new: corpus light" in again
    for model in ("trained", "lexicon"):
        cut = ("segment", "--corpus", "light", "--model", model)
        shown = minlex(tmp_path, (*RUNS, *CHECKS, *PAGES), *cut, stdin="科学技术与经济的发展\n")
        assert shown.replace(" ", "") == "科学技术与经济的发展\n"
