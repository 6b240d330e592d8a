"""The notebook of examples/ runs from top to bottom, in a kernel as a reader's, and is kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.flows.conftest import ROOT

NOTEBOOK = ROOT / "examples" / "explore.ipynb"


@pytest.fixture
def run_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """The notebook with what its cells put out."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    return notebook


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_the_notebook_mines_explores_trains_and_compares(run_notebook: nbformat.NotebookNode) -> None:
    shown = [
        output.get("data", {"text/plain": output.get("text", "")})
        for cell in run_notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    plain = "\n".join(data.get("text/plain", "") for data in shown)
    assert "'early'" in plain
    assert "bits_per_char" in plain
    charts = [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]
    for title, chart in zip(("PMI, nats", "bits a character", "more_in_a"), charts, strict=True):
        assert title in chart
    assert all("!" not in cell.source for cell in run_notebook.cells if cell.cell_type == "code"), (
        "no shell lines"
    )
    assert "uses" in shown[-1]["text/plain"]
