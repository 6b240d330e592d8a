"""Pages made from code say what the code says, and links between pages lead somewhere."""

import importlib.util
import re
import unicodedata
from itertools import chain, count
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


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as the toc extension of Python-Markdown makes them."""
    without_code = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?)[ #]*$", without_code, flags=re.MULTILINE):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", heading)
        ascii_only = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode()
        slug = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())
        numbered = (f"{slug}_{number}" for number in count(1))
        found.add(next(anchor for anchor in chain([slug] if slug else [], numbered) if anchor not in found))
    return found


def dead_links(page: Path) -> list[str]:
    """Return the links of a page to other pages of the repository, or within it, that lead nowhere."""

    def leads_somewhere(link: str) -> bool:
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        return target.exists() and (not anchor or anchor in anchors(target.read_text(encoding="utf-8")))

    links = re.findall(r"\]\(([^):]+)\)", page.read_text(encoding="utf-8"))
    return [link for link in links if not leads_somewhere(link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_to_files_and_headings(page: Path) -> None:
    assert dead_links(page) == []


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    other = (
        "# One\n\n## Where, *how* and `why`?\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n\n## 词\n"
    )
    (tmp_path / "other.md").write_text(other, encoding="utf-8")
    page = tmp_path / "page.md"
    good = ["other.md", "#here", "other.md#where-how-and-why", "other.md#twice_1", "other.md#_1"]
    bad = ["none.md", "#there", "other.md#where", "other.md#twice_2", "other.md#no-heading", "none.md#one"]
    page.write_text("# Here\n\n" + " ".join(f"[link]({link})" for link in good + bad), encoding="utf-8")
    assert dead_links(page) == bad


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
