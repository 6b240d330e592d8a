"""Language models of a small corpus: trained, on the ladder, and made to write."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.mine_corpus import mine_corpus
from flows.train_language_model import train_language_model
from tasks.errors import InputError
from tasks.settings import (
    EngineSettings,
    EvaluationSettings,
    LanguageModelSettings,
    LexiconSettings,
    MineSettings,
    TrainingSettings,
)
from tests.flows.conftest import ROOT
from tests.flows.newspaper import lines
from tests.flows.test_mine_corpus import query, write

SETTINGS = MineSettings(
    lexicon=LexiconSettings(method="four-step", min_count=3),
    engine=EngineSettings(workers=1),
    evaluation=EvaluationSettings(held_out_share=0.2),
)
SMALL = LanguageModelSettings(
    gpt2="both",
    layers=1,
    width=16,
    heads=2,
    context=16,
    training=TrainingSettings(epochs=1, batch=16, learning_rate=0.02, validation_share=0.1, threads=1),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("lm")
    text = write(folder / "news.txt", lines(300, seed=1))
    mine_corpus([str(text)], "news", str(folder / "home"), SETTINGS)
    page = train_language_model("news", str(folder / "home"), SMALL)
    return folder, page


def ladder(home: Path) -> dict[str, float]:
    return dict(query(home, "select rung, bits_per_char from news.entropy_ladder order by step"))


def test_the_networks_join_the_ladder_on_the_same_characters(trained) -> None:
    home = trained[0] / "home"
    rungs = ladder(home)
    assert list(rungs)[-3:] == ["word_bigram_kn", "gpt2_char", "gpt2_word"]
    assert rungs["char_unigram"] > rungs["lexicon_marginal"] > rungs["word_bigram_marginal"]
    assert rungs["gpt2_char"] < rungs["uniform"]
    assert query(home, "select count(distinct chars), bool_or(bound) from news.entropy_ladder") == [(1, True)]
    assert "gpt2_word" in Path(trained[1]).read_text(encoding="utf-8")


def test_every_model_is_saved_with_its_curves(trained) -> None:
    home = trained[0] / "home"
    kinds = [kind for (kind,) in query(home, "select kind from news.models order by kind")]
    assert kinds == ["gpt2-char", "gpt2-word", "ngram-lm"]
    curves = query(home, "select kind, list(distinct series order by series) from news.training_curves "
                         "join news.models using (model_id) group by kind order by kind")  # fmt: skip
    assert curves == [(kind, ["training_loss", "validation_loss"]) for kind in kinds[:2]]


def test_training_again_makes_nothing_anew_and_mining_again_keeps_the_rungs(trained) -> None:
    home = trained[0] / "home"
    before = {path: path.stat().st_mtime_ns for path in (home / "models").rglob("model.safetensors")}
    rungs = ladder(home)
    train_language_model("news", str(home), SMALL)
    mine_corpus([str(trained[0] / "news.txt")], "news", str(home), SETTINGS)
    assert {path: path.stat().st_mtime_ns for path in (home / "models").rglob("model.safetensors")} == before
    assert ladder(home) == rungs


def test_models_write_and_what_they_wrote_is_kept(trained, minlex) -> None:
    home = trained[0] / "home"

    def generate(*options: object) -> subprocess.CompletedProcess[str]:
        return minlex("generate", "--corpus", "news", "--home", home, "--prompt", "中国", *options)

    stopped = generate("--model", "ngram", "--stop", "。", "--min-length", 5, "--max-length", 300, "-n", 2)
    assert stopped.returncode == 0, stopped.stderr
    texts = stopped.stdout.splitlines()
    assert len(texts) == 2
    assert all(text.startswith("中国") and (text.endswith("。") or len(text) <= 302) for text in texts)
    kept = generate("--top-k", 3, "--max-length", 8, "--seed", 4, "--keep")
    assert kept.returncode == 0, kept.stderr
    rows = query(home, "select prompt, text, kind from news.generations join news.models using (model_id)")
    assert [(prompt + text, kind) for prompt, text, kind in rows] == [(kept.stdout.strip("\n"), "gpt2-char")]


def test_what_cannot_be_is_said_in_one_line(trained, minlex) -> None:
    home = trained[0] / "home"
    for options, says in (
        (("--corpus", "news", "--folder", "x"), "give one of --corpus and --folder"),
        (("--folder", "absent"), "there is no such folder"),
        (("--corpus", "news", "--top-p", "0"), "top_p"),
        (("--corpus", "news", "--min-length", "9", "--max-length", "5"), "--min-length must not exceed"),
    ):
        said = minlex("generate", "--home", home, *options)
        assert said.returncode == 2
        assert says in said.stderr and said.stderr.count("\n") == 1
    with pytest.raises(InputError, match=r"must be one mined below .*; got 'other'"):
        train_language_model("other", str(home), SMALL)


WITHOUT_NETWORKS = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "tokenizers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from flows.__main__ import main
sys.exit(main())
"""


def test_ngrams_are_trained_and_write_where_torch_and_transformers_are_not(trained, tmp_path) -> None:
    home = shutil.copytree(trained[0] / "home", tmp_path / "home")

    def minlex(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_NETWORKS, *map(str, arguments), "--home", str(home)],
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "200"},
            capture_output=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )

    done = minlex("train", "lm", "--corpus", "news", "--gpt2", "none")
    assert done.returncode == 0, done.stderr
    assert "word_bigram_kn" in done.stderr
    done = minlex("generate", "--corpus", "news", "--model", "ngram", "--max-length", 5)
    assert done.returncode == 0, done.stderr
    for what, arguments in (
        ("GPT-2 needs transformers", ("train", "lm", "--corpus", "news")),
        ("GPT-2 needs transformers", ("generate", "--corpus", "news", "--model", "gpt2-char")),
        ("a model in a folder needs torch", ("generate", "--folder", tmp_path)),
    ):
        refused = minlex(*arguments)
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert f"{what}; install it with: pip install 'minlex[lm]'" in refused.stderr
