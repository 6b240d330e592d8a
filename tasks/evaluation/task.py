"""The result measured: against gold when there is some, and in bits per character."""

import logging
import time
from collections.abc import Sequence

import pyarrow as pa

from tasks.corpus.batches import Text
from tasks.corpus.normalise import convert_script, normalise
from tasks.engines.duck import file_list
from tasks.engines.processes import worker_count
from tasks.evaluation.gold import GoldLine, load_gold
from tasks.evaluation.ladder import climb
from tasks.evaluation.spans import score_spans
from tasks.lm.documents import documents_of, drawn_documents, held_out_chars, words_of
from tasks.lm.rungs import CLIMBED
from tasks.lm.split import HELD_OUT, TRAINING
from tasks.progress.task import progress
from tasks.recording import task
from tasks.settings import EvaluationSettings, IngestSettings
from tasks.store.connection import connect_for
from tasks.store.datasets import Dataset
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.text.state import token_rules_in

LADDER = Stage(name="climb_ladder", version=3, tables=("entropy_ladder",), replaces=False)

logger = logging.getLogger(__name__)


@task()
def climb_ladder(run: Run, text: Text, settings: EvaluationSettings) -> Dataset:
    """Measure what a character of held-out documents costs, from uniform characters to pairs of words.

    Rungs of neural models that were measured on the very same documents stay.
    """
    store, current = run.store, run.current()
    tokens = current["tokens"][0]

    def build(write: TableWriter) -> None:
        drawn = drawn_documents(run, text, settings.ladder_chars, settings)
        rungs = []
        if held_out_chars(drawn) and len(drawn.of(TRAINING)):
            with progress("climbing the entropy ladder", len(CLIMBED)) as advance:
                began = time.perf_counter()
                for rung in climb(
                    drawn.of(TRAINING),
                    drawn.of(HELD_OUT),
                    words_of(run, tokens, drawn),
                    token_rules_in(run),
                    threads=worker_count(run.engine),
                ):
                    rungs.append(rung.row)
                    run.measure(
                        "climb_ladder", f"seconds_{rung.rung}", time.perf_counter() - began, "seconds"
                    )
                    began = time.perf_counter()
                    advance(1)
        else:
            logger.warning("corpus %s has no two documents: its entropy ladder is empty", run.corpus)
        write("entropy_ladder", rungs)

    chosen = settings.model_dump(mode="json", exclude={"gold"}) | token_rules_in(run).as_state()
    made = make(run, LADDER, [*documents_of(text), tokens], chosen, build)["entropy_ladder"]
    beside = {d.key for d in store.corpus(run.corpus).made_from("entropy_ladder", made)}
    kept = [d for d in current.get("entropy_ladder", []) if d.key in beside]
    run.set_current("entropy_ladder", [made, *kept])
    for row in store.read(made).to_pylist():
        run.measure("climb_ladder", f"bits_per_char_{row['rung']}", row["bits_per_char"], "bits")
    return made


@task()
def score_tokens(run: Run, settings: EvaluationSettings) -> None:
    """Score the corpus's tokens against the gold file, if there is one; InputError when it cannot be read."""
    if settings.gold is None:
        return
    lines = load_gold(settings.gold)
    ingest = IngestSettings.model_validate(run.state().ingest)
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
