"""The layers that docs/architecture.svg shows are those of the imports."""

import ast
import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def layers() -> list[tuple[str, ...]]:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    return list(generate.LAYERS.values())


def package(parts: tuple[str, ...]) -> str:
    return "flows" if parts[0] == "flows" else parts[1].removesuffix(".py")


def imports() -> set[tuple[str, str]]:
    found = set()
    for path in [p.relative_to(ROOT) for top in ("flows", "tasks") for p in (ROOT / top).rglob("*.py")]:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                parts = tuple((node.module or "").split("."))
                if parts[0] == "flows" or (parts[0] == "tasks" and len(parts) > 1):
                    found.add((package(path.parts), package(parts)))
    return found


def test_every_package_stands_in_one_layer() -> None:
    there = {p.stem for p in (ROOT / "tasks").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    shown = [name for layer in layers() for name in layer]
    assert sorted(shown) == sorted((there - {"__init__"}) | {"flows"})


def test_imports_go_down() -> None:
    level = {name: number for number, layer in enumerate(layers()) for name in layer}
    found = imports()
    assert ("flows", "report") in found
    assert [(a, b) for a, b in sorted(found) if level[a] > level[b]] == []
