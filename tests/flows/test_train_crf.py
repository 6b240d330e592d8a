"""`minlex train crf`: from gold and from silver, in use, refused, and killed."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests import tiny_corpus
from tests.flows.conftest import MinlexCommand
from tests.flows.killed_training import bytes_made, kill_once_kept, start
from tests.flows.newspaper import WORDS, lines

SETTINGS = """[crf.training]
epochs = 3
batch = 16
learning_rate = 0.01
averaging = 0.9
checkpoint_steps = 1
threads = 1
"""


def gold_lines(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    longer = [*WORDS, "共产党", "图书馆"]
    return [" ".join([*draw.choices(longer, k=draw.randint(3, 9)), "。"]) for _ in range(count)]


@pytest.fixture
def mined(minlex: MinlexCommand, tmp_path: Path) -> Path:
    """A home in which the corpus `tiny` is mined by the lexicon alone, and gold beside it."""
    (tmp_path / "text.txt").write_text("\n".join(lines(120, seed=1)), encoding="utf-8")
    (tmp_path / "gold.txt").write_text("\n".join(gold_lines(120, seed=2)), encoding="utf-8")
    (tmp_path / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    done = minlex("mine", tmp_path / "text.txt", "--corpus", "tiny", "--method", "four-step")
    assert done.returncode == 0, done.stderr
    return tmp_path / "home"


def query(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        return catalog.execute(sql).fetchall()


def test_trained_on_gold_it_cuts_text_and_the_corpus(
    minlex: MinlexCommand, mined: Path, tmp_path: Path
) -> None:
    refused = minlex("segment", "--corpus", "tiny", "--model", "crf", stdin="中国")
    assert refused.returncode == 2
    assert refused.stderr.strip().endswith("the corpus has no CRF; train one: minlex train crf --help")
    before = query(mined, "select count(*) from tiny.models")
    done = minlex(
        "train", "crf", "--corpus", "tiny", "--gold", tmp_path / "gold.txt", "--test", tmp_path / "gold.txt",
        "--settings", tmp_path / "settings.toml", "--recut",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "held-out: precision " in done.stderr
    assert (before, query(mined, "select kind from tiny.models")) == ([(0,)], [("crf",)])
    scores = query(
        mined, "select texts, value from tiny.segmentation_scores where metric = 'f1' order by texts"
    )
    assert [texts for texts, _ in scores] == ["held-out", "test"]
    assert min(value for _, value in scores) > 0.9
    series = {"training_loss", "validation_gap_error", "validation_loss"}
    assert {row[0] for row in query(mined, "select distinct series from tiny.training_curves")} == series

    cut = minlex("segment", "--corpus", "tiny", "--model", "crf", stdin="共产党　图书馆\n\n")
    assert cut.stdout == "共产党 　 图书馆\n\n"
    likely = minlex(
        "segment", "--corpus", "tiny", "--model", "crf", "--probabilities", stdin="共产党　图书馆\n"
    )
    probabilities = json.loads(likely.stdout)["probabilities"]
    assert [p > 0.5 for p in probabilities] == [True, False, False, False, True, False, False]
    assert probabilities[3] == 0
    kept = query(
        mined, "select string_agg(word, ' ' order by start) from tiny.tokens group by doc_id, sentence_no"
    )
    texts = query(mined, "select string_agg(text, '') from tiny.sentences group by doc_id, sentence_no")
    assert sorted(row[0].replace(" ", "") for row in kept) == sorted(row[0] for row in texts)
    again = minlex("segment", "--corpus", "tiny", "--model", "crf", stdin="".join(f"{t}\n" for (t,) in texts))
    assert sorted(again.stdout.splitlines()) == sorted(row[0] for row in kept)
    pages = [page.read_text(encoding="utf-8") for page in (mined / "reports" / "tiny").glob("*/index.html")]
    assert sum("The supervised segmenter" in page for page in pages) == 1


@pytest.mark.slow
def test_without_gold_it_learns_from_the_mined_words(
    minlex: MinlexCommand, mined: Path, tmp_path: Path
) -> None:
    done = minlex("train", "crf", "--corpus", "tiny", "--settings", tmp_path / "settings.toml")
    assert done.returncode == 0, done.stderr
    assert query(mined, "select count(*) from tiny.segmentation_scores") == [(0,)]
    cut = minlex("segment", "--corpus", "tiny", "--model", "crf", stdin="中国经济发展\n")
    assert cut.stdout == "中国 经济 发展\n"


def test_bad_gold_is_one_line_that_names_file_and_line(minlex: MinlexCommand, tmp_path: Path) -> None:
    tiny_corpus.publish(tmp_path / "home", "tiny", tiny_corpus.rows())
    bad = tmp_path / "bad.bmes"
    bad.write_text("科 B\n学 X\n", encoding="utf-8")
    done = minlex("train", "crf", "--corpus", "tiny", "--gold", bad)
    assert done.returncode == 2
    assert done.stderr.strip() == f"minlex: {bad}, line 2: tag must be one of b, m, e, s; got '学 X'"
    unknown = minlex("train", "crf", "--corpus", "nothing", "--gold", bad)
    assert unknown.returncode == 2
    assert "got 'nothing'" in unknown.stderr


@pytest.mark.slow
def test_a_training_that_was_killed_ends_with_the_same_bytes(mined: Path, tmp_path: Path) -> None:
    def begin(home: Path) -> subprocess.Popen[bytes]:
        arguments = ("--gold", tmp_path / "gold.txt", "--settings", tmp_path / "settings.toml")
        return start("crf", "tiny", home, *arguments)

    homes = {name: tmp_path / name for name in ("whole", "killed")}
    for home in homes.values():
        shutil.copytree(mined, home)
    assert begin(homes["whole"]).wait(timeout=600) == 0
    killed = 0
    checkpoints = homes["killed"] / "models" / "tiny" / ".checkpoints"
    for _ in range(8):
        victim = begin(homes["killed"])
        killed += kill_once_kept(victim, checkpoints)
        if killed == 3 or victim.returncode == 0:
            break
    assert killed >= 1, "no training was there to be killed"
    assert begin(homes["killed"]).wait(timeout=600) == 0
    tables = {"models", "training_curves", "segmentation_scores", "segmentation_errors", "worst_sentences"}
    assert bytes_made(homes["killed"], "tiny", tables) == bytes_made(homes["whole"], "tiny", tables)
    assert not list(checkpoints.glob("*"))
