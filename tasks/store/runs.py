"""A run of the pipeline, and stages that make datasets unless they exist already.

A run notes what it does in its journal. Its current datasets are those it noted there, then those published, so
that stages see what the run made while readers still see what was published before.
"""

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from tasks.errors import InputError
from tasks.settings import EngineSettings
from tasks.store.datasets import Corpus, Dataset, Store
from tasks.store.files import content_key
from tasks.store.state import CorpusState

if TYPE_CHECKING:
    from tasks.store.parts import TableWriter


class Tables(dict[str, list[Dataset]]):
    """The runs of each table; `[]` raises InputError for a table that is missing or has a `damaged` run.

    `get` returns the undamaged runs, for stages that can make the others again or do without.
    """

    damaged: Mapping[str, InputError] = MappingProxyType({})

    def __getitem__(self, table: str) -> list[Dataset]:
        self.refuse_damaged(table)
        return super().__getitem__(table)

    def refuse_damaged(self, *tables: str) -> None:
        """InputError when one of `tables` has a run that is missing or damaged."""
        for table in tables:
            if table in self.damaged:
                raise self.damaged[table]

    def __missing__(self, table: str) -> list[Dataset]:
        raise InputError(f"the corpus has no {table}; mine it first")


class Run(BaseModel):
    """One run: its id, the name of its corpus, the home of that corpus, and limits on memory and workers."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    corpus: str
    home: str
    engine: EngineSettings = EngineSettings()

    @property
    def store(self) -> Store:
        """The store in the run's home."""
        return Store(self.home)

    @property
    def data(self) -> Corpus:
        """The run's corpus in the store."""
        return self.store.corpus(self.corpus)

    def note(self, kind: str, /, **entry: Any) -> None:
        """Note something the run did, for `checks`, `metrics` and `lineage`."""
        self.data.journal.note(self.run_id, kind, entry)

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return what the run noted of one kind, in order."""
        return self.data.journal.entries(self.run_id, kind)

    def measure(self, stage: str, metric: str, value: float, unit: str) -> None:
        """Note a figure that a stage measured."""
        self.note("metrics", stage=stage, metric=metric, value=float(value), unit=unit)

    def set_current(self, table: str, datasets: Sequence[Dataset]) -> None:
        """Make `datasets` the current runs of `table`, which the run publishes when it succeeds."""
        self.note("current", table=table, datasets=[dataset.model_dump() for dataset in datasets])

    def current(self) -> Tables:
        """Return the current runs of every table."""
        seen, damaged = Tables(), {}
        for table, keys in self.data.published().tables.items():
            seen[table] = []
            for key in keys:
                try:
                    seen[table].append(self.data.existing(table, key))
                except InputError as error:
                    damaged[table] = error
        for entry in self.noted("current"):
            seen[entry["table"]] = [Dataset.model_validate(dataset) for dataset in entry["datasets"]]
            damaged.pop(entry["table"], None)
        seen.damaged = damaged
        return seen

    def set_state(self, **state: Any) -> None:
        """Set fields of `CorpusState`, to be published with the tables; ValueError for a field it does not have."""
        if unknown := set(state) - set(CorpusState.model_fields):
            raise ValueError(
                f"state must be among {', '.join(CorpusState.model_fields)}; got {sorted(unknown)}"
            )
        self.note("state", state=CorpusState.model_validate(state).as_json())

    def state(self) -> CorpusState:
        """Return the published state of the corpus, updated with what the run set."""
        state = self.data.published().state.as_json()
        for entry in self.noted("state"):
            state.update(entry["state"])
        return CorpusState.model_validate(state)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage's name, the version of its code's meaning, and the tables it writes.

    What it makes becomes the only current run of each table, unless `replaces` is False: then other runs may stay
    beside it, and the caller sets what is current.
    """

    name: str
    version: int
    tables: tuple[str, ...]
    replaces: bool = True

    def key(self, inputs: Sequence[str], settings: Mapping[str, Any]) -> str:
        """Return the key of the stage's datasets, given the keys of its inputs and its settings."""
        return content_key(self.name, self.version, list(inputs), settings)


def make(
    run: Run,
    stage: Stage,
    inputs: Sequence[Dataset],
    settings: Mapping[str, Any],
    build: "Callable[[TableWriter], None]",
    *,
    files: Sequence[str] = (),
    valid: Callable[[Dataset], bool] = lambda dataset: True,
) -> dict[str, Dataset]:
    """Return the stage's datasets, built unless they exist and verify, and make them current (see `Stage`).

    `build` is called with `write(table, rows)` (see `TableWriter`). `files` are content hashes of inputs that are
    not datasets. `valid` checks whatever a dataset that was found names besides its rows.
    """
    began = time.perf_counter()
    corpus = run.data
    key = stage.key([*(f"{d.table}/{d.key}" for d in inputs), *files], settings)
    found = {table: corpus.find(table, key) for table in stage.tables}
    made = {table: dataset for table, dataset in found.items() if dataset is not None and valid(dataset)}
    reused = len(made) == len(stage.tables)
    if not reused:
        origin = {
            "stage": stage.name,
            "version": stage.version,
            "settings": dict(settings),
            "inputs": [[d.table, d.key] for d in inputs],
        }
        with corpus.writing(dict.fromkeys(stage.tables, key), origin) as write:
            build(write)
        made = {table: corpus.existing(table, key) for table in stage.tables}
    seconds = time.perf_counter() - began
    sources = [(d.table, d.key) for d in inputs] or [("files", content_key(list(files)))]
    for dataset in made.values():
        for table, input_key in sources:
            run.note(
                "lineage",
                stage=stage.name,
                output_table=dataset.table,
                output_key=dataset.key,
                input_table=table,
                input_key=input_key,
                rows=dataset.rows,
                bytes=dataset.bytes,
                seconds=seconds,
                peak_mb=peak_memory_mb(),
                reused=reused,
            )
    if stage.replaces:
        for table, dataset in made.items():
            run.set_current(table, [dataset])
    return made


def peak_memory_mb() -> float:
    """Return the peak memory of this process and of its largest finished child, MB."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most / 1024
