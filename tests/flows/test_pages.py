"""Every shell block of README, tutorial and how-to runs, on a small corpus in the place of the reader's own."""

import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import zstandard

from tests.flows.conftest import ROOT, MinlexCommand
from tests.flows.newspaper import lines

PAGES = ("README.md", "README.zh-CN.md", "docs/index.md")
HOWTO = "docs/howto.md"
ELSEWHERE = r"^(make|\. )|minlex up|--install-completion"
SILENT = re.compile("minlex (mine|export|train)")  # what these tell is told to people, on standard error
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>[^>]+) -->\n)?```sh\n(?P<commands>.*?)```", re.DOTALL)


def blocks(page: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", [*PAGES, HOWTO])
def test_a_block_that_is_not_run_installs_or_serves_or_tests(page: str) -> None:
    found = blocks(page)
    assert any(not block["reason"] for block in found)
    for block in found:
        runs_elsewhere = re.search(ELSEWHERE, block["commands"], re.MULTILINE)
        assert bool(block["reason"]) == bool(runs_elsewhere), block["commands"]


@pytest.fixture
def reader(tmp_path: Path) -> dict[str, str]:
    """The environment of a reader whose `minlex` is on the path, and in .venv of the current folder."""
    command = tmp_path / ".venv" / "bin" / "minlex"
    command.parent.mkdir(parents=True)
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m flows "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)
    return os.environ | {
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "MINLEX_HOME": str(tmp_path / "home"),
    }


def write(file: Path, texts: list[str]) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def run_blocks(page: str, folder: Path, environment: dict[str, str]) -> None:
    for block in blocks(page):
        if not block["reason"]:
            done = subprocess.run(
                ["/bin/bash", "-euo", "pipefail", "-c", block["commands"]],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            assert done.returncode == 0, f"{page}\n{block['commands']}\n{done.stderr}"
            assert done.stdout.strip() or SILENT.search(block["commands"]), block["commands"]


def test_shell_blocks_of_readme_and_tutorial_run(
    minlex: MinlexCommand, tmp_path: Path, reader: dict[str, str]
) -> None:
    text = write(tmp_path / "news" / "month.txt", lines(200, seed=1))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(text, "news/month.txt")
    (tmp_path / "archive.tar.zst").write_bytes(zstandard.compress(packed.getvalue()))
    # The demo's corpus in small: the same lines, so that every stage is done once.
    assert minlex("mine", text, "--corpus", "demo").returncode == 0
    for page in PAGES:
        run_blocks(page, tmp_path, reader)


@pytest.mark.slow
def test_shell_blocks_of_the_how_to_run(
    minlex: MinlexCommand, tmp_path: Path, reader: dict[str, str]
) -> None:
    texts = [write(tmp_path / "texts" / f"{seed}.txt", lines(200, seed=seed)) for seed in (1, 2)]
    for folder in ("articles", "text", "raw"):
        write(tmp_path / folder / "some.txt", lines(200, seed=3))
    write(tmp_path / "dictionary.txt", ["中国", "经济"])
    write(tmp_path / "new.txt", lines(5, seed=4))
    write(
        tmp_path / "labelled.txt",
        ["中国 经济 发展 。", "我们 学习 科学 ！", "学生 的 老师 在 北京 体育馆 工作 。"] * 70,
    )
    for corpus, given in (("scans", texts[:1]), ("nightly", texts[:1]), ("nightly", texts)):
        assert minlex("mine", *given, "--corpus", corpus, "--method", "nvbe").returncode == 0
    run_blocks(HOWTO, tmp_path, reader)
