"""`train_topics` on documents of four subjects: tables, gate, resume, and the same bytes each time."""

import random
from pathlib import Path

import duckdb
import pytest

from flows.mine_corpus import mine_corpus
from flows.train_topics import train_topics
from tasks.errors import CheckFailedError, InputError
from tasks.settings import EngineSettings, LexiconSettings, MineSettings, NgramSettings, TopicSettings
from tasks.topics import task

MINED = MineSettings(
    ngrams=NgramSettings(max_order=3),
    lexicon=LexiconSettings(method="four-step", min_count=3),
    engine=EngineSettings(workers=1),
)
SETTINGS = TopicSettings(
    topics=4, min_information=0.05, max_document_share=0.6, min_documents=3, clusters=3, sweeps=60, iterations=10,
    topic_prior=0.1, word_prior=0.1,
)  # fmt: skip
SUBJECTS = (
    "学校 老师 学生 课堂 考试 读书",
    "足球 比赛 球员 教练 冠军 进球",
    "股票 银行 投资 利率 市场 基金",
    "医院 医生 病人 药品 手术 护士",
)
COMMON = ["我们", "今天", "这个", "他们"]


def subjects(count: int, seed: int) -> str:
    draw = random.Random(seed)
    lines = []
    for number in range(count):
        words = SUBJECTS[number % 4].split()
        lines.append("，".join(draw.choice(words) + draw.choice(words + COMMON) for _ in range(12)) + "。")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("topics")
    source = folder / "news.txt"
    source.write_text(subjects(400, seed=1), encoding="utf-8")
    mine_corpus([str(source)], "subjects", str(folder / "home"), MINED)
    return folder / "home"


def query(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        return catalog.execute(sql).fetchall()


@pytest.mark.parametrize("model", ["plsa", "vae"])
def test_documents_of_a_subject_share_a_topic(home: Path, model: str) -> None:
    training = SETTINGS.training.model_copy(update={"epochs": 30, "batch": 40, "threads": 1})
    settings = SETTINGS.model_copy(update={"model": model, "training": training})
    page = train_topics("subjects", str(home), settings)
    assert "duplicates left out" in Path(page).read_text(encoding="utf-8"), (
        "what mining measured is shown still"
    )
    top = query(home, "select topic, list(word) from subjects.topics where rank <= 3 group by topic")
    assert len(top) == 4
    for _, words in top:
        assert max(len(set("".join(words)) & set(subject)) for subject in SUBJECTS) >= 4
    pure = query(
        home,
        "with main as (select (record - 1) % 4 as subject, m.topic, count(*) as n "
        "from subjects.doc_map m join subjects.documents using (doc_id) group by all) "
        "select sum(n), (select sum(n) from (select max(n) as n from main group by subject)) from main",
    )
    assert pure[0][1] / pure[0][0] > 0.9
    [(shares,)] = query(
        home, "select max(total) from (select sum(share) as total from subjects.doc_topics group by doc_id)"
    )
    assert shares <= 1 + 1e-9
    figures = dict(
        query(home, "select metric, last(value order by run_id) from subjects.metrics group by metric")
    )
    assert figures["topics_perplexity"] < figures["topics_unigram_perplexity"] / 1.5
    assert query(home, "select kind from subjects.models where kind = 'topics'") == [("topics",)]
    assert "What the documents are about" in Path(page).read_text(encoding="utf-8")


def test_the_same_settings_find_the_topics_made_and_say_their_figures_again(home: Path) -> None:
    train_topics("subjects", str(home), SETTINGS)
    train_topics("subjects", str(home), SETTINGS)
    reused = query(
        home,
        "select distinct reused from subjects.lineage where stage in ('train_topics', 'describe_topics') "
        "and run_id = (select max(run_id) from subjects.runs)",
    )
    assert reused == [(True,)]
    measured = query(
        home,
        "select count(*) from subjects.metrics where metric = 'topics_perplexity' "
        "and run_id = (select max(run_id) from subjects.runs)",
    )
    assert measured == [(1,)]


def test_a_model_worse_than_the_unigram_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_topics("subjects", str(home), SETTINGS)
    before = query(home, "select * from subjects.topics order by all")
    judged = task.judge_topics

    def poor(*arguments):
        found = judged(*arguments)
        found.figures["perplexity"] = found.figures["unigram_perplexity"] + 1
        return found

    monkeypatch.setattr(task, "judge_topics", poor)
    with pytest.raises(CheckFailedError, match="perplexity is below that of the unigram"):
        train_topics("subjects", str(home), SETTINGS.model_copy(update={"topics": 3}))
    assert query(home, "select * from subjects.topics order by all") == before


def test_too_few_words_or_documents_are_one_line(home: Path) -> None:
    with pytest.raises(InputError, match="topics must be fewer than the informative words; got 900"):
        train_topics("subjects", str(home), SETTINGS.model_copy(update={"topics": 900}))
    with pytest.raises(InputError, match="topics need documents of at least 1000 informative words"):
        train_topics("subjects", str(home), SETTINGS.model_copy(update={"min_tokens": 1000}))
