"""The whole chain on a corpus small enough to check by hand."""

import json
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

import minlex
from flows.commands.segment_lines import answer, published_segmenter
from flows.forget_batch import forget_batch
from flows.mine_corpus import mine_corpus
from tasks.errors import CheckFailedError, InputError
from tasks.report.strings import STRINGS
from tasks.settings import EngineSettings, EvaluationSettings, IngestSettings, LexiconSettings, MineSettings
from tasks.store.datasets import Store
from tests.flows.newspaper import lines

FOUR_STEP = LexiconSettings(method="four-step", min_count=3)
SETTINGS = MineSettings(lexicon=FOUR_STEP, engine=EngineSettings(workers=1))


def write(path: Path, texts: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def query(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        return catalog.execute(sql).fetchall()


def fingerprint(home: Path, corpus: str, *tables: str) -> dict[str, list[str]]:
    store = Store(home)
    return {
        table: sorted(
            part["sha256"]
            for dataset in store.corpus(corpus).published_datasets(table)
            for part in json.loads(
                (Path(store.parts(dataset)[0]).parent / "_manifest.json").read_text(encoding="utf-8")
            )["parts"]
        )
        for table in tables
    }


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], str]:
    folder = tmp_path_factory.mktemp("mined")
    texts = lines(400, seed=1)
    text = write(folder / "in" / "news.txt", [*texts, texts[0]])
    gold = folder / "gold.words"
    gold.write_text(" ".join(texts[0]) + "\n", encoding="utf-8")
    settings = SETTINGS.model_copy(update={"evaluation": EvaluationSettings(gold=str(gold))})
    page = mine_corpus([str(text)], "news", str(folder / "home"), settings)
    return folder / "home", texts, page


def test_every_line_is_a_document_once(mined) -> None:
    home, texts, _ = mined
    rows = query(home, "select text from news.documents order by record")
    assert [text for (text,) in rows] == texts
    assert query(home, "select count(*), bool_and(same_batch) from news.duplicates") == [(1, True)]


def test_counts_are_those_of_a_naive_count(mined) -> None:
    home, texts, _ = mined
    sentences = [s for (s,) in query(home, "select text from news.sentences")]
    assert sorted("".join(sentences)) == sorted("".join(texts))
    naive = Counter(s[i : i + n] for s in sentences for n in range(1, 7) for i in range(len(s) - n + 1))
    written = dict(query(home, "select gram, count from news.ngrams"))
    assert written == {gram: count for gram, count in naive.items() if count >= 2 or len(gram) == 1}


def test_tokens_spell_their_sentences_and_words_count_them(mined) -> None:
    home, _, _ = mined
    spelt = query(
        home,
        """select s.text, string_agg(t.word, '' order by t.start) from news.sentences s
           join news.tokens t using (doc_id, sentence_no) group by s.doc_id, s.sentence_no, s.text""",
    )
    assert spelt
    assert all(text == words for text, words in spelt)
    tokens = Counter(word for (word,) in query(home, "select word from news.tokens"))
    assert dict(query(home, "select word, count from news.words")) == dict(tokens)
    used = dict(query(home, "select word, count from news.lexicon"))
    assert {word: count for word, count in used.items() if count} == {
        w: n for w, n in tokens.items() if w in used
    }


def test_the_words_of_the_vocabulary_are_found_and_each_has_its_reason(mined) -> None:
    home, _, _ = mined
    kept = {word for (word,) in query(home, "select word from news.lexicon where length > 1")}
    assert {"经济", "科学", "记者", "音乐"} <= kept
    assert query(home, "select abs(sum(probability) - 1) < 1e-9 from news.lexicon") == [(True,)]
    reasons = query(home, "select count(*), count(distinct reason) > 2 from news.lexicon_decisions")
    assert reasons[0][0] > len(kept)
    assert reasons[0][1]


def test_the_run_is_recorded_with_its_checks_metrics_and_lineage(mined) -> None:
    home, _, page = mined
    assert query(home, "select status, error from news.runs") == [("published", None)]
    assert query(home, "select count(*) > 100, bool_and(passed) from news.checks") == [(True, True)]
    metrics = dict(query(home, "select metric, value from news.metrics"))
    assert metrics["documents"] == 400
    assert metrics["duplicates"] == 1
    assert metrics["gold_lines_found"] == 1
    assert 0 < metrics["recall"] < 1
    assert metrics["bits_per_char_lexicon_marginal"] < metrics["bits_per_char_char_unigram"]
    assert metrics["seconds_kn5"] > 0
    made = {table for (table,) in query(home, "select output_table from news.lineage")}
    assert {"documents", "ngram_shards", "ngrams", "lexicon", "tokens", "words"} <= made
    assert "经济" in Path(page).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["科学技术与经济的发展。", "科"], ids=["line", "character"])
def test_a_corpus_of_one_document_is_published_without_a_ladder(tmp_path: Path, text: str) -> None:
    home = tmp_path / "home"
    page = Path(mine_corpus([str(write(tmp_path / "one.txt", [text]))], "one", str(home), SETTINGS))
    assert query(home, "select text from one.documents") == [(text,)]
    assert query(home, "select count(*) from one.entropy_ladder") == [(0,)]
    for lang in ("en", "zh"):
        shown = minlex.open("one", str(home)).report(lang).read_text(encoding="utf-8")
        assert page.parent == minlex.open("one", str(home)).report(lang).parent
        assert STRINGS[lang]["ladder_none"] in shown


def test_mining_again_runs_nothing(mined) -> None:
    home, _, page = mined
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    gold = EvaluationSettings(gold=str(home.parent / "gold.words"))
    settings = SETTINGS.model_copy(update={"evaluation": gold, "engine": EngineSettings(workers=2)})
    assert mine_corpus([str(home.parent / "in" / "news.txt")], "news", str(home), settings) == page
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_mining_again_with_another_evaluation_makes_nothing_anew(mined) -> None:
    home, _, _ = mined
    before = {path: path.stat().st_mtime_ns for path in (home / "lake").rglob("part-*.parquet")}
    source = str(home.parent / "in" / "news.txt")
    mine_corpus([source], "news", str(home), SETTINGS)
    latest = "run_id = (select max(run_id) from news.runs)"
    assert query(home, f"select bool_and(reused) from news.lineage where {latest}") == [(True,)]
    records = {"runs", "checks", "metrics", "lineage"}
    after = [path for path in (home / "lake").rglob("part-*.parquet") if path.parts[-3] not in records]
    assert all(path.stat().st_mtime_ns == before[path] for path in after)


def test_one_run_or_several_in_any_order_give_the_same_counts_and_lexicon(tmp_path: Path) -> None:
    texts = lines(300, seed=2)
    shared = texts[90:110]
    files = [
        write(tmp_path / "in" / name, part)
        for name, part in [
            ("a.txt", texts[:110]),
            ("b.txt", [*shared, *texts[110:200]]),
            ("c.txt", texts[200:]),
        ]
    ]
    mine_corpus([str(tmp_path / "in")], "once", str(tmp_path / "home"), SETTINGS)
    parallel = SETTINGS.model_copy(
        update={"engine": EngineSettings(workers=2), "ingest": IngestSettings(shard_bytes=1_000)}
    )
    for file in reversed(files):
        mine_corpus([str(file)], "thrice", str(tmp_path / "home"), parallel)
    tables = ("ngrams", "lexicon", "lexicon_decisions", "words")
    assert fingerprint(tmp_path / "home", "once", *tables) == fingerprint(
        tmp_path / "home", "thrice", *tables
    )
    assert query(tmp_path / "home", "select count(*) from thrice.documents") == [(300,)]
    assert query(tmp_path / "home", "select count(*) from thrice.duplicates where not same_batch") == [(20,)]


def test_new_files_are_counted_and_old_ones_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(tmp_path / "in" / "a.txt", lines(60, seed=3))
    first = Path(mine_corpus([str(tmp_path / "in")], "grow", str(home), SETTINGS))
    write(tmp_path / "in" / "b.txt", lines(30, seed=4))
    second = Path(mine_corpus([str(tmp_path / "in")], "grow", str(home), SETTINGS))
    latest = "run_id = (select max(run_id) from grow.runs)"
    shards = query(
        home,
        f"select reused, count(distinct output_key) from grow.lineage "
        f"where {latest} and output_table = 'ngram_shards' group by reused order by reused",
    )
    assert shards == [(False, 1), (True, 1)]
    assert query(home, "select count(distinct batch_id), count(*) from grow.documents") == [(2, 90)]
    assert {path.name for path in second.parent.iterdir()} == {"index.html"}
    before, after = (page.read_text(encoding="utf-8") for page in (first, second))
    assert [STRINGS["en"]["news_first"] in text for text in (before, after)] == [True, False]
    for lang in ("en", "zh"):
        shown = minlex.open("grow", str(home)).report(lang)
        assert shown.parent == second.parent
        assert f"<dt>{STRINGS[lang]['news_files_in']}</dt><dd>1</dd>" in shown.read_text(encoding="utf-8")


def test_a_broken_stage_is_caught_and_what_was_published_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tasks.segment.task as segmenting

    home = tmp_path / "home"
    mine_corpus([str(write(tmp_path / "a.txt", lines(50, seed=5)))], "safe", str(home), SETTINGS)
    published = (home / "lake" / "safe" / "corpus.json").read_text(encoding="utf-8")
    before = query(home, "select * from safe.tokens order by all")
    whole = segmenting.token_rows
    monkeypatch.setattr(segmenting, "token_rows", lambda *given: whole(*given).slice(1))
    with pytest.raises(CheckFailedError, match="tokens spell their sentences"):
        mine_corpus([str(write(tmp_path / "b.txt", lines(50, seed=6)))], "safe", str(home), SETTINGS)
    assert query(home, "select * from safe.tokens order by all") == before
    assert json.loads(published)["state"] == Store(home).corpus("safe").published().state.as_json()
    assert query(home, "select status from safe.runs order by run_id") == [("published",), ("failed",)]
    assert "nothing was published" in query(home, "select error from safe.runs where status = 'failed'")[0][0]


def test_a_damaged_part_is_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    source = write(tmp_path / "a.txt", lines(50, seed=7))
    mine_corpus([str(source)], "mend", str(home), SETTINGS)
    tables = ("documents", "sentences", "ngram_shards", "ngrams", "lexicon", "tokens", "words")
    before = fingerprint(home, "mend", *tables)
    for table in tables:
        for part in (home / "lake" / "mend" / table).rglob("part-*.parquet"):
            content = bytearray(part.read_bytes())
            content[len(content) // 2] ^= 0xFF
            part.write_bytes(content)
    mine_corpus([str(source)], "mend", str(home), SETTINGS)
    assert fingerprint(home, "mend", *tables) == before
    assert query(home, "select count(*) from mend.documents") == [(50,)]


@pytest.mark.slow
def test_other_ingest_settings_without_all_the_files_are_refused(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    first = write(tmp_path / "a.txt", lines(40, seed=8))
    second = write(tmp_path / "b.txt", lines(40, seed=9))
    mine_corpus([str(first)], "fixed", home, SETTINGS)
    other = SETTINGS.model_copy(update={"ingest": IngestSettings(width="half")})
    with pytest.raises(InputError, match="not all files of batch"):
        mine_corpus([str(second)], "fixed", home, other)
    mine_corpus([str(first), str(second)], "fixed", home, other)
    assert query(Path(home), "select count(*) from fixed.documents") == [(80,)]


def test_two_runs_of_one_corpus_at_once_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "a.txt", lines(40, seed=10))
    store = Store(tmp_path / "home")
    with store.corpus("busy").locked(), pytest.raises(InputError, match="being written by another run"):
        mine_corpus([str(source)], "busy", str(store.home), SETTINGS)


def test_the_default_method_trains_a_segmenter_that_cuts_the_corpus_and_new_text(tmp_path: Path) -> None:
    home = tmp_path / "home"
    source = write(tmp_path / "a.txt", lines(300, seed=12))
    for workers in (1, 2):
        settings = MineSettings(engine=EngineSettings(workers=workers))
        mine_corpus([str(source)], f"trained{workers}", str(home), settings)
    tables = ("models", "tokens", "lexicon", "lexicon_decisions", "words")
    assert fingerprint(home, "trained1", *tables) == fingerprint(home, "trained2", *tables)

    kept = {word for (word,) in query(home, "select word from trained1.lexicon where length > 1")}
    assert {"经济", "科学", "音乐", "记者"} <= kept
    used = "select l.word from trained1.lexicon l left join trained1.words w using (word) "
    assert query(home, used + "where l.count <> coalesce(w.count, 0)") == []
    [(model_id, size)] = query(home, "select model_id, bytes from trained1.models")
    saved = home / "models" / "trained1" / model_id / "model.safetensors"
    assert saved.stat().st_size == size

    fresh = ["电影音乐的新闻。\n", "从未见过龘\n"]
    cut = answer(published_segmenter("trained1", str(home), None), "".join(fresh).encode())
    cut = cut.decode().splitlines(keepends=True)
    assert [line.replace(" ", "") for line in cut] == fresh
    assert cut[0].split() == ["电影", "音乐", "的", "新闻", "。"]

    content = saved.read_bytes()
    saved.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(InputError, match="missing or damaged"):
        published_segmenter("trained1", str(home), None)
    mine_corpus([str(source)], "trained1", str(home), MineSettings(engine=EngineSettings(workers=1)))
    assert saved.read_bytes() == content


def test_a_forgotten_batch_leaves_what_the_others_alone_would_have_given(tmp_path: Path, minlex) -> None:
    home = tmp_path / "home"
    texts = lines(200, seed=11)
    first = write(tmp_path / "a.txt", texts[:120])
    second = write(tmp_path / "b.txt", texts[100:])
    mine_corpus([str(second)], "alone", str(home), SETTINGS)
    mine_corpus([str(first)], "pair", str(home), SETTINGS)
    mine_corpus([str(second)], "pair", str(home), SETTINGS)
    batch = query(home, "select distinct batch_id from pair.sources where source = 'a.txt'")[0][0]
    forget = ("forget", "--corpus", "pair", "--batch", batch, "--home", home)
    refused = minlex(*forget, "--engine", "yarn")
    assert refused.returncode == 2 and "setting master: input should be local" in refused.stderr
    assert minlex(*forget, "--workers", 2).returncode == 0
    workers = query(
        home, "select distinct json_extract(settings, '$.engine.workers') from pair.runs order by all"
    )
    assert workers == [("1",), ("2",)]
    tables = ("documents", "sentences", "ngrams", "lexicon", "lexicon_decisions", "tokens", "words")
    assert fingerprint(home, "pair", *tables) == fingerprint(home, "alone", *tables)
    kept = {text for (text,) in query(home, "select text from pair.documents")}
    assert kept == set(texts[100:])
    for part in (home / "lake" / "pair" / "documents").rglob("part-*.parquet"):
        assert texts[0] not in pq.read_table(part)["text"].to_pylist()
    with pytest.raises(InputError, match="cannot be empty"):
        forget_batch(query(home, "select batch_id from pair.sources")[0][0], "pair", str(home))
    with pytest.raises(InputError, match="batch must be one of"):
        forget_batch("0" * 16, "pair", str(home))
