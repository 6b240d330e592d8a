"""What each run noted line by line, and what checks of immutable data found."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.store.files import read_json, write_atomically
from tasks.store.manifests import Dataset
from tasks.store.names import check_key


@dataclass(frozen=True)
class Journal:
    """Notes of the runs of a corpus: one JSON Lines file for each run below `folder`."""

    folder: Path

    def note(self, run_id: str, kind: str, entry: Mapping[str, Any]) -> None:
        """Append one entry to the notes of a run."""
        path = self._file(run_id)
        self.folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "entry": dict(entry)}, ensure_ascii=False) + "\n")

    def entries(self, run_id: str, kind: str) -> list[dict[str, Any]]:
        """Return the entries of one kind that a run noted, in order; a line cut short by a crash is left out."""
        path = self._file(run_id)
        if not path.exists():
            return []
        entries = []
        # Not splitlines, which also splits at characters that JSON leaves as they are, such as U+2028.
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
            try:
                noted = json.loads(line)
            except ValueError:
                continue
            if noted["kind"] == kind:
                entries.append(noted["entry"])
        return entries

    def files(self) -> list[Path]:
        """Return the files of all runs; each is named after its run."""
        return sorted(self.folder.glob("*.jsonl"))

    def unfinished(self, finished: Collection[str]) -> list[str]:
        """Return the runs that started and are not among the `finished` ones."""
        return [path.stem for path in self.files() if path.stem not in finished]

    def _file(self, run_id: str) -> Path:
        return self.folder / f"{check_key(run_id)}.jsonl"


@dataclass(frozen=True)
class CheckResults:
    """Findings of checks, kept below `folder` since immutable data need not be checked twice."""

    folder: Path

    def save(self, key: str, datasets: Sequence[Dataset], findings: Sequence[Mapping[str, Any]]) -> None:
        """Keep the findings of the check `key` of `datasets`."""
        noted = {"datasets": [[d.table, d.key] for d in datasets], "findings": list(findings)}
        write_atomically(self._file(key), json.dumps(noted, ensure_ascii=False))

    def load(self, key: str) -> list[dict[str, Any]] | None:
        """Return the findings of the check `key`; None when it was not made."""
        noted = read_json(self._file(key))
        return noted.get("findings") if isinstance(noted, dict) else None

    def files(self) -> list[tuple[Path, list[tuple[str, str]]]]:
        """Return each file of findings with the (table, key) of its datasets; none when the file is damaged."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            noted = read_json(path)
            datasets = noted.get("datasets", []) if isinstance(noted, dict) else []
            found.append((path, [(table, key) for table, key in datasets]))
        return found

    def _file(self, key: str) -> Path:
        return self.folder / f"{check_key(key)}.json"
