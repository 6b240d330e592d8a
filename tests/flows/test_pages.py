"""Every shell block of README and tutorial runs, on a small corpus in the place of the reader's own."""

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
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>[^>]+) -->\n)?```sh\n(?P<commands>.*?)```", re.DOTALL)


def blocks(page: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES)
def test_a_block_that_is_not_run_installs_or_serves_or_tests(page: str) -> None:
    found = blocks(page)
    assert any(not block["reason"] for block in found)
    for block in found:
        runs_elsewhere = re.search(r"^(make|\. )|minlex up", block["commands"], re.MULTILINE)
        assert bool(block["reason"]) == bool(runs_elsewhere), block["commands"]


@pytest.mark.slow
def test_shell_blocks_run(minlex: MinlexCommand, tmp_path: Path) -> None:
    text = tmp_path / "news" / "month.txt"
    text.parent.mkdir()
    text.write_text("\n".join(lines(600, seed=1)), encoding="utf-8")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = tmp_path / ".venv" / "bin" / "minlex"
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m flows "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(text, "news/month.txt")
    (tmp_path / "archive.tar.zst").write_bytes(zstandard.compress(packed.getvalue()))
    assert minlex("mine", text, "--corpus", "demo").returncode == 0
    environment = os.environ | {
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "MINLEX_HOME": str(tmp_path / "home"),
    }
    for page in PAGES:
        for block in blocks(page):
            if not block["reason"]:
                done = subprocess.run(
                    ["/bin/bash", "-euo", "pipefail", "-c", block["commands"]],
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=240,
                    check=False,
                )
                assert done.returncode == 0, f"{page}\n{block['commands']}\n{done.stderr}"
                assert done.stdout.strip() or "minlex mine" in block["commands"], block["commands"]
