"""Every module of tasks/ is reached from a flow, a command or the library: code for tests alone is not shipped."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("minlex", "flows", "tasks")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_name(path): path for top in SHIPPED for path in (ROOT / top).rglob("*.py")}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(starts: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in FILES and name not in seen:
            seen.add(name)
            waiting += imported(FILES[name])
    return seen


def test_no_module_is_reached_by_tests_and_benchmarks_alone() -> None:
    found = reached({name for name in FILES if name.startswith(("flows", "minlex"))})
    assert "tasks.ngrams.sorting" in found
    packages = {name for name, path in FILES.items() if path.name == "__init__.py"}
    assert sorted(set(FILES) - found - packages) == []
