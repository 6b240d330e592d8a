"""Pages made from code say what the code says, and links between pages lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    p
    for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "data")
    for p in folder.glob("*.md")
)


def test_reference_pages_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for name, page in generate.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page(), "run: python docs/generate.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in listed


@pytest.mark.parametrize(
    ("page", "picture"), [("README.md", "report.png"), ("README.zh-CN.md", "report-zh.png")]
)
def test_a_readme_shows_the_report_in_its_language(page: str, picture: str) -> None:
    assert f"](docs/images/{picture})" in (ROOT / page).read_text(encoding="utf-8")
    image = (ROOT / "docs" / "images" / picture).read_bytes()
    assert image.startswith(b"\x89PNG")
    assert 20_000 < len(image) < 400_000
