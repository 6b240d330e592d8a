"""References to runs of tables, and the manifests that list and verify their parts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.store.files import digest

MANIFEST = "_manifest.json"


class Dataset(BaseModel):
    """Reference to one immutable run of one table."""

    model_config = ConfigDict(frozen=True)

    corpus: str
    table: str
    key: str
    rows: int
    bytes: int


def parts_in(folder: Path) -> list[Path]:
    """Return the Parquet parts in the folder of a run, in order."""
    return sorted(folder.glob("part-*.parquet"))


def manifest_of(folder: Path, table: str, key: str, origin: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of the parts in `folder`, as JSON values."""
    parts = [
        {
            "name": path.name,
            "rows": pq.read_metadata(path).num_rows,
            "bytes": path.stat().st_size,
            "sha256": digest(path),
        }
        for path in parts_in(folder)
    ]
    return {"table": table, "key": key, "parts": parts, "origin": dict(origin)}


def dataset_in(corpus: str, manifest: Any) -> Dataset | None:
    """Return the run that a manifest describes; None when the manifest is missing or damaged."""
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


def sizes_match(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether the parts in `folder` have the names and sizes in the manifest."""
    found = [(path.name, path.stat().st_size) for path in parts_in(folder)]
    return found == [(part.get("name"), part["bytes"]) for part in manifest["parts"]]


def hashes_match(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether the parts in `folder` have the names and hashes in the manifest."""
    try:
        found = [(path.name, digest(path)) for path in parts_in(folder)]
        return found == [(part["name"], part["sha256"]) for part in manifest["parts"]]
    except (OSError, KeyError, TypeError):
        return False
