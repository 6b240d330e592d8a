"""One corpus on disk: runs of its tables, what is published, reports, notes and models.

    <home>/lake/<corpus>/<table>/run=<key>/part-*.parquet, _manifest.json
    <home>/lake/<corpus>/corpus.json        published: runs of each table, and the state of the corpus
    <home>/lake/<corpus>/.journal/          notes of each run, line by line
    <home>/lake/<corpus>/.checked/          findings of checks
    <home>/lake/<corpus>/.staging/          runs being written; renamed into place when complete
    <home>/models/<corpus>/, <home>/reports/<corpus>/

A key is the hash of the stage, its version, its settings and the keys of its inputs, so a run that exists and
verifies need not be made again. That one rule is caching, resuming after a crash and idempotence.
"""

import errno
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tasks.errors import InputError
from tasks.store.files import content_key, read_json, write_atomically
from tasks.store.journal import CheckResults, Journal
from tasks.store.manifests import MANIFEST, Dataset, dataset_in, hashes_match, manifest_of, sizes_match
from tasks.store.names import check_corpus_name, check_key
from tasks.store.state import CorpusState, Published
from tasks.tables import TABLES

if TYPE_CHECKING:
    from tasks.store.datasets import Store
    from tasks.store.model_files import ModelFiles
    from tasks.store.parts import Rows, TableWriter

# Long enough for `watch-inbox` to release the lock it probes, shorter than any run.
LOCK_SECONDS = 0.5


@dataclass(frozen=True)
class Corpus:
    """The corpus called `name` in a store, whether or not it holds anything yet; InputError for a bad name."""

    store: "Store"
    name: str

    def __post_init__(self) -> None:
        """Refuse a name that is not valid."""
        check_corpus_name(self.name)

    @property
    def folder(self) -> Path:
        """Folder of the tables."""
        return self.store.home / "lake" / self.name

    @property
    def journal(self) -> Journal:
        """Notes of the runs."""
        return Journal(self.folder / ".journal")

    @property
    def checks(self) -> CheckResults:
        """Findings of checks."""
        return CheckResults(self.folder / ".checked")

    @property
    def models(self) -> "ModelFiles":
        """Files of trained models."""
        from tasks.store.model_files import ModelFiles  # most readers need no safetensors

        return ModelFiles(self.store.home / "models" / self.name, self.name)

    def report(self, run_id: str) -> Path:
        """Return the folder of the report of one run."""
        return self.store.home / "reports" / self.name / check_key(run_id)

    def reports(self) -> list[Path]:
        """Return the folders of all reports."""
        return sorted((self.store.home / "reports" / self.name).glob("[!.]*"))

    def scratch(self) -> Path:
        """Return the folder for temporary files, which no run outlives."""
        folder = self.folder / ".staging" / "scratch"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_staging(self) -> None:
        """Remove temporary files, and runs that were interrupted while being written."""
        shutil.rmtree(self.folder / ".staging", ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the corpus; InputError when another run holds it."""
        from filelock import FileLock, Timeout  # readers need no lock

        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock")
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise InputError(
                f"corpus {self.name!r} is being written by another run; try again when it has ended"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def published(self) -> Published:
        """Return what is published; both fields are empty when nothing is.

        InputError when the file is damaged: a run that took it for an empty one would lose the corpus.
        """
        path = self.folder / "corpus.json"
        if not path.exists():
            return Published({}, CorpusState())
        try:
            found = read_json(path)
            if isinstance(found["tables"], dict):
                return Published(found["tables"], CorpusState.model_validate(found["state"]))
        except (KeyError, TypeError, ValidationError):
            pass
        raise InputError(f"{str(path)!r} must name what is published; it is damaged, put back a copy of it")

    def publish(self, tables: Mapping[str, Sequence[str]], state: CorpusState) -> None:
        """Make `tables` and `state` visible to readers, all at once."""
        content = {"tables": tables, "state": state.as_json()}
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        write_atomically(self.folder / "corpus.json", text + "\n")

    def published_datasets(self, table: str) -> list[Dataset]:
        """Return the published runs of one table."""
        return [self.existing(table, key) for key in self.published().tables.get(table, [])]

    def run_folder(self, table: str, key: str) -> Path:
        """Return the folder of one run of a table; InputError for a table that is not declared."""
        if table not in TABLES:
            raise InputError(f"table must be one of {', '.join(TABLES)}; got {table!r}")
        return self.folder / table / f"run={check_key(key)}"

    def run_keys(self, table: str) -> list[str]:
        """Return the keys of every run of a table, published or not."""
        return sorted(path.name.removeprefix("run=") for path in (self.folder / table).glob("run=*"))

    def find(self, table: str, key: str) -> Dataset | None:
        """Return a run of a table when it exists and its parts have the hashes in the manifest."""
        folder = self.run_folder(table, key)
        manifest = read_json(folder / MANIFEST)
        found = dataset_in(self.name, manifest)
        matches = found is not None and (found.table, found.key) == (table, key)
        return found if matches and hashes_match(folder, manifest) else None

    def existing(self, table: str, key: str) -> Dataset:
        """Return a run that is known to exist, with only the sizes of its parts verified.

        InputError when the run is missing or does not match its manifest.
        """
        folder = self.run_folder(table, key)
        manifest = read_json(folder / MANIFEST)
        found = dataset_in(self.name, manifest)
        if found is None or not sizes_match(folder, manifest):
            raise InputError(
                f"{table} of corpus {self.name!r} must have a whole run {key!r}, it is missing or damaged; "
                "give minlex mine the corpus's files again"
            )
        return found

    def made_from(self, table: str, source: Dataset) -> list[Dataset]:
        """Return the runs of `table` that were made from the run `source`, published or not."""
        found = []
        for key in self.run_keys(table):
            manifest = read_json(self.run_folder(table, key) / MANIFEST)
            dataset = dataset_in(self.name, manifest)
            if dataset and [source.table, source.key] in manifest.get("origin", {}).get("inputs", []):
                found.append(dataset)
        return found

    def write(self, table: str, key: str, origin: Mapping[str, Any], rows: "Rows") -> Dataset:
        """Write one run of a table, visible only when it is complete."""
        with self.writing({table: key}, origin) as write:
            write(table, rows)
        return self.existing(table, key)

    @contextmanager
    def writing(self, keys: Mapping[str, str], origin: Mapping[str, Any]) -> "Iterator[TableWriter]":
        """Give a writer of the tables in `keys`; rename each run into place when the block succeeds."""
        from tasks.store.parts import TableWriter  # readers need no pyarrow.compute

        staging = {}
        for table, key in keys.items():
            staging[table] = self.folder / ".staging" / f"{table}-{check_key(key)}"
            shutil.rmtree(staging[table], ignore_errors=True)
            staging[table].mkdir(parents=True)
        try:
            yield TableWriter(staging)
            for table, folder in staging.items():
                self._place(table, keys[table], folder, origin)
        finally:
            for folder in staging.values():
                shutil.rmtree(folder, ignore_errors=True)

    def _place(self, table: str, key: str, staged: Path, origin: Mapping[str, Any]) -> None:
        manifest = manifest_of(staged, table, key, origin)
        write_atomically(staged / MANIFEST, json.dumps(manifest, sort_keys=True, indent=1) + "\n")
        final = self.run_folder(table, key)
        final.parent.mkdir(parents=True, exist_ok=True)
        # A folder in the way did not verify, or the stage would have been skipped.
        if final.exists():
            shutil.rmtree(final)
        staged.rename(final)

    def remove(self, dataset: Dataset) -> None:
        """Delete a run; InputError while it is published."""
        if dataset.key in self.published().tables.get(dataset.table, []):
            raise InputError(f"{dataset.table}/{dataset.key} must not be published to be removed")
        shutil.rmtree(self.run_folder(dataset.table, dataset.key), ignore_errors=True)

    def discard(self, path: Path) -> None:
        """Remove a file or folder below the home atomically, even if interrupted."""
        trash = self.scratch() / f"discarded-{content_key(str(path))}"
        try:
            path.rename(trash)
        except OSError as error:
            # Models and reports may be on another disk than the lake; there it is removed file by file.
            if error.errno != errno.EXDEV:
                raise
            trash = path
        if trash.is_dir():
            shutil.rmtree(trash)
        else:
            trash.unlink()
