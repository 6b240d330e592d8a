"""The result measured: against gold when there is some, and in bits per character."""

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
from prefect import task

from tasks.corpus.normalise import convert_script, normalise
from tasks.engines.duck import connect_for, file_list
from tasks.evaluation.bits import bits_per_character, character_bits
from tasks.evaluation.gold import GoldLine, load_gold
from tasks.evaluation.spans import score_spans
from tasks.parts import PartWriter
from tasks.runs import Run, Stage, make
from tasks.settings import EvaluationSettings, IngestSettings
from tasks.store import Dataset
from tasks.tables import TABLES

LADDER = Stage(name="climb_ladder", version=1, tables=("entropy_ladder",))

logger = logging.getLogger(__name__)


@task
def climb_ladder(run: Run) -> Dataset:
    """Measure what a character of the corpus costs, as characters and as words."""
    store, current = run.store, run.current()
    ngrams, words = current["ngrams"][0], current["words"][0]

    def build(folders: dict[str, Path]) -> None:
        grams = pl.scan_parquet(store.parts(ngrams)).filter(pl.col("length") == 1).select("count").collect()
        types = pl.scan_parquet(store.parts(words)).select("length", "count").collect()
        chars = int(grams["count"].sum())
        rungs = [
            ("characters", character_bits(grams["count"].to_numpy()), "entropy of single characters"),
            (
                "words",
                bits_per_character(types["count"].to_numpy(), types["length"].to_numpy()),
                "entropy of the words the corpus is cut into, by their mean length; the cost of writing down "
                "the lexicon is not included",
            ),
        ]
        rows = [
            {"rung": rung, "step": step, "bits_per_char": bits, "chars": chars, "note": note}
            for step, (rung, bits, note) in enumerate(rungs)
        ]
        with PartWriter(folders["entropy_ladder"] / "part-00000.parquet", schema) as writer:
            writer.write(pa.RecordBatch.from_pylist(rows, schema=schema))

    schema = TABLES["entropy_ladder"].schema
    made = make(run, LADDER, [ngrams, words], {}, build)["entropy_ladder"]
    run.set_current("entropy_ladder", [made])
    for row in store.read(made).to_pylist():
        run.measure("climb_ladder", f"bits_per_char_{row['rung']}", row["bits_per_char"], "bits")
    return made


@task
def score_tokens(run: Run, settings: EvaluationSettings) -> None:
    """Score the corpus's tokens against the gold file, if there is one; InputError when it cannot be read."""
    if settings.gold is None:
        return
    lines = load_gold(settings.gold)
    ingest = IngestSettings.model_validate(run.state()["ingest"])
    gold = {"".join(words): words for words in (_normalised(line, ingest) for line in lines)}
    tokens = _tokens_of(run, list(gold))
    found = [key for key in gold if key in tokens]
    lexicon = run.store.read(run.current()["lexicon"][0], ["word"])["word"].to_pylist()
    run.measure("score_tokens", "gold_lines", len(gold), "lines")
    run.measure("score_tokens", "gold_lines_found", len(found), "lines")
    if not found:
        logger.warning("no line of gold %s is a document of corpus %s", settings.gold, run.corpus)
        return
    score = score_spans([gold[key] for key in found], [tokens[key] for key in found], frozenset(lexicon))
    figures = {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "recall_oov": score.recall_oov,
        "recall_iv": score.recall_iv,
    }
    for name, value in figures.items():
        if value is not None:
            run.measure("score_tokens", name, value, "share")
    run.measure("score_tokens", "gold_words", score.gold_words, "words")
    run.measure("score_tokens", "predicted_words", score.predicted_words, "words")


def _normalised(line: GoldLine, settings: IngestSettings) -> list[str]:
    words = [normalise(word, settings.width)[0] for word in line.words]
    return [word for word in convert_script(words, settings.script) if word]


def _tokens_of(run: Run, texts: Sequence[str]) -> dict[str, list[str]]:
    """Return the tokens of the documents that read, without their white space, like one of `texts`."""
    store, current = run.store, run.current()
    documents = [part for dataset in current["documents"] for part in store.parts(dataset)]
    tokens = [part for dataset in current["tokens"] for part in store.parts(dataset)]
    query = f"""
        select gold.text, list(tokens.word order by tokens.sentence_no, tokens.start)
        from gold
        join read_parquet({file_list(documents)}) as documents
            on gold.text = regexp_replace(documents.text, '[\\s\\pZ]+', '', 'g')
        join read_parquet({file_list(tokens)}) as tokens using (doc_id)
        group by gold.text, documents.doc_id
    """
    with connect_for(run) as duck:
        duck.register("gold", pa.table({"text": pa.array(texts, pa.string())}))
        return dict(duck.execute(query).fetchall())
