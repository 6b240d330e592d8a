"""What one run of the pipeline is, and how it makes a dataset or finds it already made.

A run notes what it does in its journal. What it made is looked up there first and among the published tables
after, so stages see the run's own datasets while readers still see what was published before.
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
from tasks.store.datasets import Dataset, Store, content_key

if TYPE_CHECKING:
    from tasks.store.parts import TableWriter


class Tables(dict[str, list[Dataset]]):
    """Tables and their whole runs; InputError for one asked for by name that is not there or has a `damaged` run.

    `get` gives what is whole, for stages that make the rest anew or can do without.
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
    """One run: its name, the corpus it works on, where that lives, and its bounds."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    corpus: str
    home: str
    engine: EngineSettings = EngineSettings()

    @property
    def store(self) -> Store:
        """The store below the run's home."""
        return Store(self.home)

    def note(self, kind: str, /, **entry: Any) -> None:
        """Note something the run did, for `checks`, `metrics` and `lineage`."""
        self.store.journal(self.corpus, self.run_id, kind, entry)

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return what the run noted of one kind, in order."""
        return self.store.journal_entries(self.corpus, self.run_id, kind)

    def measure(self, stage: str, metric: str, value: float, unit: str) -> None:
        """Note a figure that a stage measured."""
        self.note("metrics", stage=stage, metric=metric, value=float(value), unit=unit)

    def set_current(self, table: str, datasets: Sequence[Dataset]) -> None:
        """Make `datasets` the runs of `table` that this run sees and, in the end, publishes."""
        self.note("current", table=table, datasets=[dataset.model_dump() for dataset in datasets])

    def current(self) -> Tables:
        """Return the runs of every table as this run sees them."""
        seen, damaged = Tables(), {}
        for table, keys in self.store.published(self.corpus)["tables"].items():
            seen[table] = []
            for key in keys:
                try:
                    seen[table].append(self.store.existing(self.corpus, table, key))
                except InputError as error:
                    damaged[table] = error
        for entry in self.noted("current"):
            seen[entry["table"]] = [Dataset.model_validate(dataset) for dataset in entry["datasets"]]
            damaged.pop(entry["table"], None)
        seen.damaged = damaged
        return seen

    def set_state(self, **state: Any) -> None:
        """Keep facts about the corpus that are not rows, to be published with the tables."""
        self.note("state", state=state)

    def state(self) -> dict[str, Any]:
        """Return the published facts about the corpus, brought up to date with what the run set."""
        state = dict(self.store.published(self.corpus)["state"])
        for entry in self.noted("state"):
            state.update(entry["state"])
        return state


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
        """Return the key of what the stage makes from inputs so keyed, with these settings."""
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
    store = run.store
    key = stage.key([*(f"{d.table}/{d.key}" for d in inputs), *files], settings)
    found = {table: store.find(run.corpus, table, key) for table in stage.tables}
    made = {table: dataset for table, dataset in found.items() if dataset is not None and valid(dataset)}
    reused = len(made) == len(stage.tables)
    if not reused:
        origin = {
            "stage": stage.name,
            "version": stage.version,
            "settings": dict(settings),
            "inputs": [[d.table, d.key] for d in inputs],
        }
        with store.writing(run.corpus, dict.fromkeys(stage.tables, key), origin) as write:
            build(write)
        made = {table: store.existing(run.corpus, table, key) for table in stage.tables}
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
    """Return the most memory this process or one of its ended children has held, MB."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most / 1024
