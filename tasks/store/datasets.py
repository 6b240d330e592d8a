"""The only code that knows paths: immutable Parquet runs keyed by content, and what of them is published.

    <home>/lake/<corpus>/<table>/run=<key>/part-*.parquet, _manifest.json
    <home>/lake/<corpus>/corpus.json        what is published: runs of each table, batches, settings
    <home>/lake/<corpus>/.journal/          what each run did, line by line
    <home>/lake/<corpus>/.staging/          runs being written; renamed into place when whole

A key is the hash of the stage, its version, its settings and the keys of its inputs, so a run that exists and
verifies need not be made again. That one rule is caching, resume after a crash and idempotence.
"""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.numpy import load_file, save_file

from tasks.errors import InputError
from tasks.store.sql_keywords import SQL_KEYWORDS
from tasks.tables import TABLES

if TYPE_CHECKING:
    from tasks.store.parts import TableWriter

CORPUS_RULE = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED_CORPORA = frozenset({"main", "temp", "system", "information_schema", "pg_catalog"})
MODEL_FILE = "model.safetensors"
# Longer than who only looks whether a corpus is held, and shorter than any run.
SECONDS_OF_A_LOOK = 0.5
KEY_RULE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Dataset(BaseModel):
    """Reference to one immutable run of one table."""

    model_config = ConfigDict(frozen=True)

    corpus: str
    table: str
    key: str
    rows: int
    bytes: int


def check_corpus_name(name: str) -> str:
    """Return `name` when it may name a corpus; InputError when not."""
    if not _may_name_a_corpus(name):
        raise InputError(
            f"corpus must be 1 to 40 of a-z, 0-9 and _, begin with a letter and be no SQL keyword and none of "
            f"{', '.join(sorted(RESERVED_CORPORA))}; got {name!r}"
        )
    return name


def _may_name_a_corpus(name: str) -> bool:
    return bool(CORPUS_RULE.fullmatch(name)) and name not in RESERVED_CORPORA | SQL_KEYWORDS


def content_key(*values: Any) -> str:
    """Return 20 hexadecimal digits that name the JSON form of `values`."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace `path` by `content` so that a reader sees the old file or the new one, never a piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A short name of its own: the file's may be as long as the file system allows.
    partial = path.with_name(f".{content_key(path.name)}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class Store:
    """Datasets below one home folder."""

    def __init__(self, home: str | Path):
        self.home = Path(home).expanduser().resolve()

    @property
    def catalog(self) -> Path:
        """The DuckDB file of views."""
        return self.home / "catalog.duckdb"

    def lake(self, corpus: str) -> Path:
        """Folder of one corpus's tables."""
        return self.home / "lake" / check_corpus_name(corpus)

    def scratch(self, corpus: str) -> Path:
        """Folder for files that no run outlives."""
        folder = self.lake(corpus) / ".staging" / "scratch"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def report(self, corpus: str, run_id: str) -> Path:
        """Folder of the report of one run."""
        return self.home / "reports" / check_corpus_name(corpus) / _checked_key(run_id)

    def reports(self, corpus: str) -> list[Path]:
        """Folders of the reports of a corpus."""
        return sorted((self.home / "reports" / check_corpus_name(corpus)).glob("[!.]*"))

    def corpora(self) -> list[str]:
        """Names of the corpora that have published anything; other folders beside them are left alone."""
        found = (path.parent.name for path in (self.home / "lake").glob("*/corpus.json"))
        return sorted(name for name in found if _may_name_a_corpus(name))

    @contextmanager
    def locked(self, corpus: str) -> Iterator[None]:
        """Hold the corpus against other runs; InputError when another run holds it."""
        from filelock import FileLock, Timeout  # who only reads needs no lock

        self.lake(corpus).mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.lake(corpus) / ".lock")
        try:
            lock.acquire(timeout=SECONDS_OF_A_LOOK)
        except Timeout:
            raise InputError(
                f"corpus {corpus!r} is being written by another run; try again when it has ended"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def clear_staging(self, corpus: str) -> None:
        """Remove what runs that were cut off left half written."""
        shutil.rmtree(self.lake(corpus) / ".staging", ignore_errors=True)

    def find(self, corpus: str, table: str, key: str) -> Dataset | None:
        """Return the run called `key` when it exists and its parts have the bytes of the manifest."""
        folder = self.folder(corpus, table, key)
        manifest = _read_json(folder / "_manifest.json")
        found = _dataset(corpus, manifest)
        whole = found is not None and (found.table, found.key) == (table, key)
        return found if whole and _verifies(folder, manifest) else None

    def parts(self, dataset: Dataset) -> list[str]:
        """Absolute paths of the Parquet files of a run, in order."""
        folder = self.folder(dataset.corpus, dataset.table, dataset.key)
        return [str(path) for path in sorted(folder.glob("part-*.parquet"))]

    def batches(self, dataset: Dataset, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a run, a row group's worth at a time."""
        for part in self.parts(dataset):
            with pq.ParquetFile(part) as file:
                yield from file.iter_batches(batch_size=1 << 16, columns=columns)

    def read(self, dataset: Dataset, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a whole run as one Arrow table; for tables whose size a lexicon bounds."""
        schema = TABLES[dataset.table].schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        return pa.Table.from_batches(list(self.batches(dataset, columns)), schema=schema)

    def write(
        self, corpus: str, table: str, key: str, origin: Mapping[str, Any], batches: Iterable[pa.RecordBatch]
    ) -> Dataset:
        """Write a whole run from `batches` and publish its folder in one step."""
        with self.writing(corpus, {table: key}, origin) as write:
            write(table, batches)
        return self.existing(corpus, table, key)

    def existing(self, corpus: str, table: str, key: str) -> Dataset:
        """Return a run known to exist, whose parts have their sizes, without reading them again.

        InputError when it is missing, or what is there is not what its manifest says.
        """
        folder = self.folder(corpus, table, key)
        manifest = _read_json(folder / "_manifest.json")
        found = _dataset(corpus, manifest)
        if found is None or not _is_there(folder, manifest):
            raise InputError(
                f"{table} of corpus {corpus!r} must have a whole run {key!r}, it is missing or damaged; "
                "give minlex mine the corpus's files again"
            )
        return found

    @contextmanager
    def writing(
        self, corpus: str, keys: Mapping[str, str], origin: Mapping[str, Any]
    ) -> "Iterator[TableWriter]":
        """Give a writer of the tables in `keys` into staging folders; on success rename each to its final place."""
        from tasks.store.parts import TableWriter  # who only reads does without pyarrow.compute

        staging = {}
        for table, key in keys.items():
            staging[table] = self.lake(corpus) / ".staging" / f"{table}-{_checked_key(key)}"
            shutil.rmtree(staging[table], ignore_errors=True)
            staging[table].mkdir(parents=True)
        try:
            yield TableWriter(staging)
            for table, folder in staging.items():
                self._place(corpus, table, keys[table], folder, origin)
        finally:
            for folder in staging.values():
                shutil.rmtree(folder, ignore_errors=True)

    def made_from(self, corpus: str, table: str, source: Dataset) -> list[Dataset]:
        """Return the runs of `table` that were made from the run `source`, published or not."""
        found = []
        for key in self.recorded_runs(corpus, table):
            manifest = _read_json(self.folder(corpus, table, key) / "_manifest.json")
            dataset = _dataset(corpus, manifest)
            if dataset and [source.table, source.key] in manifest.get("origin", {}).get("inputs", []):
                found.append(dataset)
        return found

    def discard(self, corpus: str, path: Path) -> None:
        """Remove a file or folder below the home in one step, whatever cuts the removal off."""
        trash = self.scratch(corpus) / f"discarded-{content_key(str(path))}"
        try:
            path.rename(trash)
        except OSError as error:
            # Models and reports may be on another disk than the lake; there it is removed piece by piece.
            if error.errno != errno.EXDEV:
                raise
            trash = path
        if trash.is_dir():
            shutil.rmtree(trash)
        else:
            trash.unlink()

    def remove(self, dataset: Dataset) -> None:
        """Delete a run; InputError while it is published."""
        if dataset.key in self.published(dataset.corpus)["tables"].get(dataset.table, []):
            raise InputError(f"{dataset.table}/{dataset.key} must not be published to be removed")
        shutil.rmtree(self.folder(dataset.corpus, dataset.table, dataset.key), ignore_errors=True)

    def model(self, corpus: str, model_id: str) -> Path:
        """Folder of one trained model."""
        return self.home / "models" / check_corpus_name(corpus) / _checked_key(model_id)

    def models(self, corpus: str) -> list[Path]:
        """Folders of the models of a corpus, files of trainings under way, and pieces of what was cut off."""
        folder = self.home / "models" / check_corpus_name(corpus)
        return [
            path
            for path in (*folder.glob("*"), *folder.glob(".checkpoints/*"))
            if path.name != ".checkpoints"
        ]

    def checkpoint(self, corpus: str, model_id: str) -> Path:
        """File of how far the training of a model has come."""
        name = f"{_checked_key(model_id)}.safetensors"
        return self.home / "models" / check_corpus_name(corpus) / ".checkpoints" / name

    def save_model(
        self, corpus: str, model_id: str, arrays: Mapping[str, np.ndarray], config: Mapping[str, Any]
    ) -> tuple[str, int]:
        """Write a model's arrays and settings in one step; return the SHA-256 and size of the arrays' file."""
        final = self.model(corpus, model_id)
        staged = final.with_name(f".{final.name}.{os.getpid()}")
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        save_file(dict(arrays), staged / MODEL_FILE)
        digest, size = _digest(staged / MODEL_FILE), (staged / MODEL_FILE).stat().st_size
        described = json.dumps({**config, "sha256": digest}, indent=1, sort_keys=True, ensure_ascii=False)
        (staged / "config.json").write_text(described + "\n", encoding="utf-8")
        shutil.rmtree(final, ignore_errors=True)
        staged.rename(final)
        return digest, size

    def holds_models(self, models: Dataset) -> bool:
        """Tell whether every model that a run of `models` names is there, with the bytes that were saved."""
        for row in self.read(models, ["model_id", "sha256"]).to_pylist():
            try:
                if _digest(self.model(models.corpus, row["model_id"]) / MODEL_FILE) != row["sha256"]:
                    return False
            except OSError:
                return False
        return True

    def load_model(self, corpus: str, model_id: str) -> dict[str, np.ndarray]:
        """Return the arrays of a model; InputError when they are missing or not those that were saved."""
        folder = self.model(corpus, model_id)
        config = _read_json(folder / "config.json")
        try:
            if isinstance(config, dict) and _digest(folder / MODEL_FILE) == config.get("sha256"):
                return load_file(folder / MODEL_FILE)
        except OSError:
            pass
        raise InputError(f"model {model_id!r} of corpus {corpus!r} is missing or damaged; mine it again")

    def model_config(self, corpus: str, model_id: str) -> dict[str, Any]:
        """Return what was saved beside a model's arrays; InputError when it is missing."""
        config = _read_json(self.model(corpus, model_id) / "config.json")
        if not isinstance(config, dict):
            raise InputError(f"model {model_id!r} of corpus {corpus!r} is missing or damaged; train it again")
        return config

    def published(self, corpus: str) -> dict[str, Any]:
        """What is published: {"tables": {name: [keys]}, "state": {...}}, both empty when nothing is.

        InputError when the file that says so is damaged: a run that took that for nothing would lose the corpus.
        """
        path = self.lake(corpus) / "corpus.json"
        if not path.exists():
            return {"tables": {}, "state": {}}
        found = _read_json(path)
        if not isinstance(found, dict) or not all(
            isinstance(found.get(k), dict) for k in ("tables", "state")
        ):
            raise InputError(
                f"{str(path)!r} must name what is published; it is damaged, put back a copy of it"
            )
        return found

    def publish(self, corpus: str, tables: Mapping[str, Sequence[str]], state: Mapping[str, Any]) -> None:
        """Make `tables` the visible runs of the corpus, all at once."""
        text = json.dumps({"tables": tables, "state": state}, ensure_ascii=False, indent=1, sort_keys=True)
        write_atomically(self.lake(corpus) / "corpus.json", text + "\n")

    def published_datasets(self, corpus: str, table: str) -> list[Dataset]:
        """The visible runs of one table of a corpus."""
        keys = self.published(corpus)["tables"].get(table, [])
        return [self.existing(corpus, table, key) for key in keys]

    def journal(self, corpus: str, run_id: str, kind: str, entry: Mapping[str, Any]) -> None:
        """Append one line to what a run did."""
        folder = self.lake(corpus) / ".journal"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{_checked_key(run_id)}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "entry": dict(entry)}, ensure_ascii=False) + "\n")

    def journal_entries(self, corpus: str, run_id: str, kind: str) -> list[dict[str, Any]]:
        """Return what a run noted of one kind, in order; a line cut off by a crash is left out."""
        path = self.lake(corpus) / ".journal" / f"{_checked_key(run_id)}.jsonl"
        if not path.exists():
            return []
        entries = []
        # Not splitlines, which also parts at characters that JSON leaves as they are, such as U+2028.
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
            try:
                noted = json.loads(line)
            except ValueError:
                continue
            if noted["kind"] == kind:
                entries.append(noted["entry"])
        return entries

    def journals(self, corpus: str) -> list[Path]:
        """Files of what each run did."""
        return sorted((self.lake(corpus) / ".journal").glob("*.jsonl"))

    def open_journals(self, corpus: str) -> list[str]:
        """Runs that began and whose end is not among what is published."""
        ended = self.published(corpus)["tables"].get("runs", [])
        return [path.stem for path in self.journals(corpus) if path.stem not in ended]

    def remember(
        self, corpus: str, key: str, datasets: Sequence[Dataset], findings: Sequence[Mapping[str, Any]]
    ) -> None:
        """Keep what a check so keyed found of `datasets`; immutable data need not be checked twice."""
        noted = {"datasets": [[d.table, d.key] for d in datasets], "findings": list(findings)}
        write_atomically(
            self._checked(corpus) / f"{_checked_key(key)}.json", json.dumps(noted, ensure_ascii=False)
        )

    def remembered(self, corpus: str, key: str) -> list[dict[str, Any]] | None:
        """Return what the check so keyed found; None when it was not made."""
        noted = _read_json(self._checked(corpus) / f"{_checked_key(key)}.json")
        return noted.get("findings") if isinstance(noted, dict) else None

    def remembered_checks(self, corpus: str) -> list[tuple[Path, list[tuple[str, str]]]]:
        """Files of what checks found, and table and key of the datasets of each; of none when it is damaged."""
        found = []
        for path in sorted(self._checked(corpus).glob("*.json")):
            noted = _read_json(path)
            datasets = noted.get("datasets", []) if isinstance(noted, dict) else []
            found.append((path, [(table, key) for table, key in datasets]))
        return found

    def _checked(self, corpus: str) -> Path:
        return self.lake(corpus) / ".checked"

    def recorded_runs(self, corpus: str, table: str) -> list[str]:
        """Keys of every run of a table that runs record about themselves, such as `checks`."""
        return sorted(path.name[4:] for path in (self.lake(corpus) / table).glob("run=*"))

    def folder(self, corpus: str, table: str, key: str) -> Path:
        """Folder of one run of a table; InputError for a table that is not declared."""
        if table not in TABLES:
            raise InputError(f"table must be one of {', '.join(TABLES)}; got {table!r}")
        return self.lake(corpus) / table / f"run={_checked_key(key)}"

    def _place(self, corpus: str, table: str, key: str, staged: Path, origin: Mapping[str, Any]) -> None:
        parts = [_describe(path) for path in sorted(staged.glob("part-*.parquet"))]
        manifest = {"table": table, "key": key, "parts": parts, "origin": dict(origin)}
        write_atomically(staged / "_manifest.json", json.dumps(manifest, sort_keys=True, indent=1) + "\n")
        final = self.folder(corpus, table, key)
        final.parent.mkdir(parents=True, exist_ok=True)
        # A folder in the way did not verify, or the stage would have been skipped.
        if final.exists():
            shutil.rmtree(final)
        staged.rename(final)


def _checked_key(key: str) -> str:
    if not KEY_RULE.fullmatch(key):
        raise InputError(f"key must be 1 to 64 letters, digits, _ or -; got {key!r}")
    return key


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _dataset(corpus: str, manifest: Any) -> Dataset | None:
    """Return the run that a manifest describes; None when it is missing or damaged."""
    try:
        return Dataset(
            corpus=corpus,
            table=manifest["table"],
            key=manifest["key"],
            rows=sum(part["rows"] for part in manifest["parts"]),
            bytes=sum(part["bytes"] for part in manifest["parts"]),
        )
    except (KeyError, TypeError, ValidationError):
        return None


def _describe(path: Path) -> dict[str, Any]:
    return {
        "name": path.name,
        "rows": pq.read_metadata(path).num_rows,
        "bytes": path.stat().st_size,
        "sha256": _digest(path),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_there(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Tell whether the parts of a run are those of its manifest, by name and size."""
    found = [(path.name, path.stat().st_size) for path in sorted(folder.glob("part-*.parquet"))]
    return found == [(part.get("name"), part["bytes"]) for part in manifest["parts"]]


def _verifies(folder: Path, manifest: Mapping[str, Any]) -> bool:
    try:
        found = [(path.name, _digest(path)) for path in sorted(folder.glob("part-*.parquet"))]
        return found == [(part["name"], part["sha256"]) for part in manifest["parts"]]
    except (OSError, KeyError, TypeError):
        return False
