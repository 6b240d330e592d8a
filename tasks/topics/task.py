"""The topics of a corpus: learned from a sample of its documents, judged, and found in all of them."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.checks.gate import Finding
from tasks.checks.task import judge
from tasks.engines.duck import file_list
from tasks.errors import InputError
from tasks.progress.task import progress
from tasks.recording import task
from tasks.settings import TopicSettings
from tasks.store.connection import connect_for
from tasks.store.datasets import Dataset
from tasks.store.models import TABLES_OF_A_MODEL, Trained, load_trained, make_model
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.topics.bags import bags_of, divide, long_enough
from tasks.topics.model import config_of, fit_topics, judge_topics, load_topics, shown_words
from tasks.topics.perplexity import unigram
from tasks.topics.place import place
from tasks.topics.plsa import Counts
from tasks.topics.stop_words import WordChoice, choose_words

TRAIN = Stage(name="train_topics", version=1, tables=TABLES_OF_A_MODEL)
TOPIC_TABLES = ("topics", "doc_topics", "doc_map")
DESCRIBE = Stage(name="describe_topics", version=1, tables=TOPIC_TABLES)
WORDS_SHOWN, LEAST_SHARE = 20, 0.05
_UNITS = {"unigram_perplexity": "words", "perplexity": "words", "diversity": "share"}

logger = logging.getLogger(__name__)


@task()
def train_topic_model(run: Run, settings: TopicSettings) -> Dataset:
    """Learn topics from a sample of the corpus's documents; refuse them when a unigram predicts better."""
    tokens = run.current()["tokens"]

    def train(checkpoint: Path) -> Trained:
        every = _sampled_rows(run, tokens, settings)
        vocabulary = _vocabulary(every, settings)
        _, bags = bags_of(every, vocabulary)
        known = long_enough(bags, settings.min_tokens)
        inside, outside = divide(known, settings.training.validation_share, settings.training.seed)
        if not len(inside) or not len(outside):
            raise InputError(
                f"topics need documents of at least {settings.min_tokens} informative words; of corpus "
                f"{run.corpus!r} {len(known)} are; lower topics.min_information or topics.min_documents"
            )
        training, held_out = bags.rows(inside), bags.rows(outside)
        with progress("learning topics", settings.training.epochs) as advance:
            steps = max(1, training.documents // settings.training.batch)
            fitted = fit_topics(training, settings, checkpoint, _by_epoch(advance, steps))
        judged = judge_topics(fitted.model, training, held_out, settings.training.seed)
        shares = fitted.model.of_documents(training).mean(axis=0)
        facts = {
            "share_of_words": unigram(training),
            "share_of_topics": shares,
            "npmi_of_topics": judged.npmi,
            "shown": shown_words(fitted.model, training, min(WORDS_SHOWN, len(vocabulary))),
        }
        return Trained(
            arrays={**fitted.arrays, **{f"about.{name}": array for name, array in facts.items()}},
            config={"vocabulary": vocabulary.to_pylist(), "figures": dict(judged.figures)},
            characters=int(pc.sum(pc.multiply(pc.utf8_length(every["word"]), every["count"])).as_py()),
            curves=fitted.curves,
        )

    made = make_model(run, TRAIN, "topics", tokens, config_of(settings), train)
    figures = load_trained(run.store, made)[1]["figures"]
    for name, value in figures.items():
        run.measure("train_topics", f"topics_{name}", value, _UNITS.get(name, "npmi"))
    judge(run, "topics", [("models", _gate(figures["perplexity"], figures["unigram_perplexity"]))])
    return made


@task()
def describe_topics(run: Run, model: Dataset, settings: TopicSettings) -> dict[str, Dataset]:
    """Write what the topics are about, which topics each document has, and where it lies among the others."""
    store, tokens = run.store, run.current()["tokens"]

    def build(write: TableWriter) -> None:
        arrays, config = load_trained(store, model)
        about = {n.removeprefix("about."): a for n, a in arrays.items() if n.startswith("about.")}
        own = {n: a for n, a in arrays.items() if not n.startswith("about.")}
        fitted = load_topics(own, settings)
        vocabulary = pa.array(config["vocabulary"], pa.string())
        order = np.argsort(-about["share_of_topics"], kind="stable")
        shown = about["shown"][order]
        p = np.take_along_axis(fitted.of_words()[order], shown, axis=1)
        topic, rank = (place.ravel() for place in np.indices(shown.shape))
        topics = {
            "topic": topic,
            "rank": rank + 1,
            "word": vocabulary.take(pa.array(shown.ravel())),
            "probability": p.ravel(),
            "lift": (p / about["share_of_words"][shown]).ravel(),
            "share": about["share_of_topics"][order][topic],
            "npmi": about["npmi_of_topics"][order][topic],
        }
        write("topics", pa.table(topics))
        found = [
            (documents[chosen], fitted.of_documents(bags.rows(chosen))[:, order])
            for documents, bags in _bags(run, tokens, vocabulary)
            if len(chosen := long_enough(bags, settings.min_tokens))
        ]
        documents = np.concatenate([d for d, _ in found]) if found else np.zeros(0, np.int64)
        shares = np.concatenate([s for _, s in found]) if found else np.zeros((0, len(order)))
        row, topic = np.nonzero(shares >= LEAST_SHARE)
        held = {"doc_id": documents[row], "topic": topic, "share": np.minimum(shares[row, topic], 1.0)}
        write("doc_topics", pa.table(held))
        places = place(shares, settings.clusters, settings.training.seed)
        on_map = {
            "doc_id": documents,
            "x": places.points[:, 0],
            "y": places.points[:, 1],
            "topic": shares.argmax(axis=1) if len(shares) else documents,
            "cluster": places.cluster,
        }
        write("doc_map", pa.table(on_map))

    made = make(run, DESCRIBE, [model, *tokens], settings.model_dump(mode="json"), build)
    run.measure("describe_topics", "documents_with_topics", made["doc_map"].rows, "documents")
    logger.info("corpus %s: %d documents have topics", run.corpus, made["doc_map"].rows)
    return made


def _gate(perplexity: float, unigram_perplexity: float) -> Finding:
    return Finding(
        name="perplexity is below that of the unigram",
        kind="identity",
        severity="critical",
        passed=perplexity < unigram_perplexity,
        observed=f"{perplexity:.1f}, the unigram {unigram_perplexity:.1f}",
    )


def _sampled_rows(run: Run, tokens: list[Dataset], settings: TopicSettings) -> pa.Table:
    """Return (doc_id, word, count) of a seeded sample of the documents, in order."""
    parts = file_list([part for dataset in tokens for part in run.store.parts(dataset)])
    # Keys of documents are hashes: xor with a drawn number puts them in an order of the seed.
    mask = int(np.random.default_rng(settings.training.seed).integers(1 << 62))
    query = f"""
        with drawn as (
            select distinct doc_id from read_parquet({parts}) order by xor(doc_id, ?), doc_id limit ?
        )
        select doc_id, word, count(*) as count from read_parquet({parts}) semi join drawn using (doc_id)
        group by all order by doc_id, word
    """
    with connect_for(run) as duck:
        return duck.execute(query, [mask, settings.train_documents]).to_arrow_table()


def _vocabulary(rows: pa.Table, settings: TopicSettings) -> pa.Array:
    words = pc.unique(rows["word"]).sort()
    _, counts = bags_of(rows, words)
    choice = WordChoice(
        min_documents=settings.min_documents,
        max_document_share=settings.max_document_share,
        min_information=settings.min_information,
        max_words=settings.max_words,
    )
    with_letters = pc.match_substring_regex(words, r"\pL").to_numpy(zero_copy_only=False)
    chosen = choose_words(counts, choice, with_letters)
    if len(chosen) <= settings.topics:
        raise InputError(
            f"topics must be fewer than the informative words; got {settings.topics} and {len(chosen)} words; "
            "lower topics.topics, topics.min_information or topics.min_documents"
        )
    return words.take(pa.array(chosen))


def _bags(run: Run, tokens: list[Dataset], vocabulary: pa.Array) -> Iterator[tuple[np.ndarray, Counts]]:
    """Yield documents and their bags, some thousands at a time, in the order of their keys."""
    parts = file_list([part for dataset in tokens for part in run.store.parts(dataset)])
    with connect_for(run) as duck:
        duck.register("vocabulary", pa.table({"word": vocabulary}))
        query = f"""
            select doc_id, word, count(*) as count from read_parquet({parts}) semi join vocabulary using (word)
            group by all order by doc_id, word
        """
        carried: pa.Table | None = None
        for batch in duck.execute(query).to_arrow_reader(1 << 18):
            rows = pa.Table.from_batches([batch])
            rows = pa.concat_tables([carried, rows]) if carried is not None else rows
            last = rows["doc_id"][-1].as_py()
            whole = int(np.searchsorted(rows["doc_id"].to_numpy(), last))
            carried = rows.slice(whole)
            if whole:
                yield bags_of(rows.slice(0, whole), vocabulary)
        if carried is not None:
            yield bags_of(carried, vocabulary)


def _by_epoch(advance: Callable[[int], None], steps: int) -> Callable[[int], None]:
    done = 0

    def follow(more: int) -> None:
        nonlocal done
        before, done = done // steps, done + more
        advance(done // steps - before)

    return follow
