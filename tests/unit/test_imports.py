import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.relative_to(ROOT) for top in ("flows", "tasks") for path in (ROOT / top).rglob("*.py"))
TRAINED = {"crf", "vae", "text_vae", "lm", "training"}
PURE = [path for path in MODULES if path.parts[0] == "tasks" and path.name != "task.py"]

IMPORT_WITHOUT_PREFECT = """
import importlib, json, sys
sys.modules["prefect"] = None
problems = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        problems[name] = [error.name, str(error)]
    except BaseException as error:
        problems[name] = [None, repr(error)]
print(json.dumps(problems))
"""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def importers(package: str) -> list[Path]:
    return [path for path in MODULES if package in imported(path)]


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def test_prefect_is_imported_in_flows_and_task_modules_alone():
    found = importers("prefect")
    recording = Path("tasks/recording.py")
    assert recording in found
    others = [p for p in found if p.parts[0] != "flows" and (p.name != "task.py" or len(p.parts) != 3)]
    assert others == [recording]


def test_great_expectations_is_imported_in_checks_alone():
    found = importers("great_expectations")
    assert Path("tasks/checks/gate.py") in found
    assert [path for path in found if path.parts[:2] != ("tasks", "checks")] == []


def test_torch_is_imported_where_models_are_trained_alone():
    assert [p for p in importers("torch") if p.parts[0] != "tasks" or p.parts[1] not in TRAINED] == []


def test_pyspark_is_imported_in_its_engine_alone():
    assert importers("pyspark") == importers("py4j") == [Path("tasks/engines/spark.py")]


def test_nothing_is_pickled():
    """Data that runs code when it is read has no place in a store or a model."""
    assert [package for package in ("pickle", "shelve", "dill", "joblib") if importers(package)] == []
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in MODULES}
    assert [p for p, text in texts.items() if "torch.load" in text or "torch.save" in text] == []


def test_pure_modules_import_without_prefect():
    names = [module_name(path) for path in PURE]
    assert {"tasks.store", "tasks.publish", "tasks.checks.gate"} <= set(names)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_WITHOUT_PREFECT, json.dumps(names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    problems = {
        name: (missing, text)
        for name, (missing, text) in json.loads(done.stdout).items()
        if missing not in {"torch", "safetensors", "transformers", "tokenizers"}
        or name.split(".")[1] not in TRAINED
    }
    absent = {missing for missing, _ in problems.values() if missing and missing.startswith("tasks.")}
    assert {name: text for name, (missing, text) in problems.items() if missing not in absent} == {}
    if absent:
        pytest.skip(f"modules that are not there yet: {', '.join(sorted(absent))}")


def test_the_command_mining_and_ngrams_do_without_torch():
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['torch', 'transformers', 'tokenizers']))\n"
        "import flows.__main__, flows.mine_corpus, flows.train_language_model, flows.generating\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
