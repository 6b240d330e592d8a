"""`minlex demo` as a whole, on two days instead of a month of newspapers."""

from pathlib import Path

import duckdb
import pytest

import flows.commands.demo


@pytest.mark.slow
def test_the_demo_trains_every_kind_of_model_and_says_what_to_type_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = flows.commands.demo.newspaper_lines()[:2500]
    monkeypatch.setattr(flows.commands.demo, "newspaper_lines", lambda: few)
    flows.commands.demo.run_demo(str(tmp_path))
    said = capsys.readouterr().err
    assert [step for step in range(1, 5) if f"{step} of 4" in said] == [1, 2, 3, 4]
    assert said.rstrip().endswith("the same for your own text")
    with duckdb.connect(str(tmp_path / "catalog.duckdb"), read_only=True) as catalog:
        kinds = catalog.execute("select kind from demo.models order by kind").fetchall()
        rungs = catalog.execute("select rung from demo.entropy_ladder").fetchall()
    assert {kind for (kind,) in kinds} == {"crf", "ngram-lm", "segmenter", "topics"}
    assert {f"kn{order}" for order in range(2, 7)} <= {rung for (rung,) in rungs}
