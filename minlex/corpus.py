"""A mined corpus: its tables as frames, its words explained and compared, its models trained and used."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tasks.errors import InputError
from tasks.store.datasets import Corpus as StoredCorpus
from tasks.store.datasets import Store
from tasks.store.homes import home_folder, store_with

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from minlex.comparison import Comparison
    from minlex.difference import Difference
    from minlex.export import Exported
    from minlex.segmenter import Segmenter
    from tasks.explain.word import Explanation
    from tasks.settings import MineSettings
    from tasks.store.state import CorpusState

Home = str | Path | None


def open(name: str, home: Home = None) -> "Corpus":
    """Return the corpus `name` below `home` (MINLEX_HOME, else `data`); InputError where there is none."""
    corpus = Corpus(name, home)
    store_with(name, corpus.home)
    return corpus


def corpora(home: Home = None) -> list[str]:
    """Return the names of the corpora that are mined below `home`."""
    return Store(_folder(home)).corpora()


def drop(name: str, home: Home = None) -> None:
    """Remove a corpus with everything of it: tables, models, reports; InputError where there is none."""
    from tasks.store.garbage import drop_corpus

    drop_corpus(store_with(name, _folder(home)).corpus(name))


class Corpus:
    """A corpus by its name and its home. Each table is an attribute: `corpus.lexicon`, `corpus.words`, ..."""

    def __init__(self, name: str, home: Home = None) -> None:
        self.name, self.home = name, _folder(home)

    @property
    def store(self) -> Store:
        """The store of the home; InputError when the corpus is no longer there."""
        return store_with(self.name, self.home)

    @property
    def data(self) -> StoredCorpus:
        """The corpus in the store; InputError when it is no longer there."""
        return self.store.corpus(self.name)

    @property
    def state(self) -> "CorpusState":
        """What the corpus knows of itself besides its tables: batches, settings, token rules."""
        return self.data.published().state

    @property
    def settings(self) -> "MineSettings":
        """The settings that the corpus was last mined with; InputError when it was read but not mined."""
        from tasks.store.publish import mined_settings

        return mined_settings(self.name, self.home)

    @property
    def tables(self) -> list[str]:
        """The names of the tables that the corpus has rows or columns of."""
        with self.catalog() as catalog:
            query = "select table_name from information_schema.tables where table_schema = ? order by 1"
            return [name for (name,) in catalog.execute(query, [self.name]).fetchall()]

    def facts(self) -> dict[str, Any]:
        """Return how many documents, characters and words the corpus has, and when it was mined last."""
        query = "select count(*), coalesce(sum(chars), 0)::bigint from documents"
        last = "select max(finished) from runs where status = 'published'"
        with self.catalog() as catalog:
            documents, characters = catalog.execute(query).fetchone() or (0, 0)
            [words] = catalog.execute("select count(*) from lexicon").fetchone() or (0,)
            [mined] = (catalog.execute(last).fetchone() or (None,)) if "runs" in self.tables else (None,)
        return {
            "documents": documents,
            "characters": characters,
            "words": words,
            "mined": f"{mined:%Y-%m-%d %H:%M}" if mined else "",
        }

    def catalog(self, *needed: str) -> "duckdb.DuckDBPyConnection":
        """Open a read-only DuckDB connection on the corpus's tables; InputError when one of `needed` is not there."""
        from tasks.store.catalog import open_corpus

        return open_corpus(self.name, self.home, *needed)

    def sql(self, query: str, **values: Any) -> "pl.DataFrame":
        """Return what a query of the tables finds; `$name` in it takes the value given. InputError for bad SQL.

        `@name` is a ready query, see `minlex sql --list`.
        """
        import duckdb
        import polars as pl

        from minlex.queries import ready_query

        text = ready_query(query[1:]).query if query.startswith("@") else query
        with self.catalog() as catalog:
            try:
                return pl.DataFrame(catalog.execute(text, values).to_arrow_table())
            except duckdb.Error as error:
                raise InputError(f"the query was refused: {' '.join(str(error).split())}") from None

    def table(self, name: str) -> "pl.DataFrame":
        """Return a whole table; InputError when there is none of this name."""
        return self.scan(name).collect()

    def scan(self, name: str) -> "pl.LazyFrame":
        """Return a table as a lazy frame over its Parquet files; InputError when there is none of this name."""
        import polars as pl

        from tasks.tables import TABLES

        if name not in TABLES:
            raise InputError(f"table must be one of {', '.join(TABLES)}; got {name!r}")
        store = self.store
        files = [path for made in self.data.published_datasets(name) for path in store.parts(made)]
        if not files:
            return pl.DataFrame(TABLES[name].schema.empty_table()).lazy()
        return pl.scan_parquet(files, hive_partitioning=False)

    def __getattr__(self, name: str) -> "pl.DataFrame":
        """Return the table of this name."""
        from tasks.tables import TABLES

        if name not in TABLES:
            raise AttributeError(f"a corpus has no {name!r}; its tables are {', '.join(TABLES)}")
        return self.table(name)

    def segmenter(self, kind: Literal["trained", "lexicon", "crf"] | None = None) -> "Segmenter":
        """Return a segmenter of the corpus: the trained one where there is one, else its lexicon's.

        InputError when the corpus has none of this kind.
        """
        from minlex.segmenter import Segmenter

        return Segmenter.of(self, kind)

    def why(self, word: str, *, seed: int = 0) -> "Explanation":
        """Return all that decided about a word; InputError when it neither occurs nor was decided about."""
        from tasks.corpus.normalise import convert_script, normalise
        from tasks.explain.word import TABLES_READ, explain

        ingest = self.settings.ingest
        folded, _ = normalise(word, ingest.width)
        with self.catalog(*TABLES_READ) as tables:
            return explain(tables, convert_script([folded], ingest.script)[0], seed=seed)

    def compare(self, other: "Corpus", *, top: int = 20, min_count: int = 5) -> "Comparison":
        """Return the words that distinguish this corpus (A) from another (B), the strongest first."""
        from minlex.comparison import compare

        return compare(self, other, top, min_count)

    def diff(self, before: str | None = None, after: str | None = None, *, top: int = 20) -> "Difference":
        """Return what changed between two published runs, by default the last two; InputError where there are none."""
        from minlex.difference import difference

        return difference(self, before, after, top)

    def export(self, format: str, path: str | Path, **options: Any) -> "Exported":
        """Write the lexicon for another tool: jieba, hanlp, sentencepiece, hf, csv or txt.

        Options are those of minlex.export.Export: size, new_only, known, byte_fallback, special, source,
        sample_chars. InputError for what does not go together or cannot be written.
        """
        from minlex.export import Export

        return Export(format=format, **options).write(self, str(path))

    def report(self, lang: Literal["en", "zh"] | None = None) -> Path:
        """Return the page of the newest report; in another language it is written when it is first asked for.

        InputError when the corpus has none.
        """
        state = self.state
        page = state.report
        if page is None:
            raise InputError(f"corpus {self.name!r} has no report yet; mine it to the end first")
        found = Path(self.home) / page
        from tasks.settings import MineSettings

        if lang in (None, MineSettings.model_validate(state.settings or {}).report.lang):
            return found
        translated = found.with_name(f"{lang}.html")
        if translated.exists():
            return translated
        from tasks.report.task import translate_report

        return translate_report(self.store, self.name, found, lang)

    def train_crf(self, *, recut: bool = False, **settings: Any) -> Path:
        """Train the CRF segmenter on gold words, on the mined ones, or on both; return the new report.

        Settings are those of the table `[crf]`: `gold="words.txt"`, `training={"epochs": 2}`, ...
        """
        from minlex.training import train_crf

        return train_crf(self, settings, recut=recut)

    def train_topics(self, **settings: Any) -> Path:
        """Learn the topics of the documents and return the new report; settings as in the table `[topics]`."""
        from minlex.training import train_topics

        return train_topics(self, settings)

    def train_lm(self, **settings: Any) -> Path:
        """Train the language models and return the new report; settings as in the table `[lm]`."""
        from minlex.training import train_lm

        return train_lm(self, settings)

    def train_text_vae(self, **settings: Any) -> Path:
        """Train the VAE of the sentences and return the new report; settings as in the table `[text_vae]`."""
        from minlex.training import train_text_vae

        return train_text_vae(self, settings)

    def __repr__(self) -> str:
        """Say which corpus it is."""
        return f"minlex.Corpus({self.name!r}, home={self.home!r})"

    def _repr_html_(self) -> str:
        """Show counts, the most frequent words and the ladder in a notebook."""
        from minlex.notebook import corpus_html

        return corpus_html(self)


def _folder(home: Home) -> str:
    return home_folder(None if home is None else str(home))
