"""A training as a process of its own, killed once it has kept a checkpoint, and the bytes it must end with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(kind: str, corpus: str, home: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """Begin `minlex train KIND`."""
    command = ["train", kind, "--corpus", corpus, "--home", str(home), *map(str, arguments)]
    return subprocess.Popen(
        [sys.executable, "-m", "flows", *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_once_kept(
    victim: subprocess.Popen[bytes], checkpoints: Path, pattern: str = "*.safetensors"
) -> bool:
    """Kill a training when a checkpoint becomes newer; return whether it was, and had not ended before."""
    before = {path: path.stat().st_mtime_ns for path in checkpoints.glob(pattern)}
    while victim.poll() is None:
        now = {path: path.stat().st_mtime_ns for path in checkpoints.glob(pattern) if path.exists()}
        if now and now != before:
            os.killpg(victim.pid, signal.SIGKILL)
            break
        time.sleep(0.01)
    return victim.wait() == -signal.SIGKILL


def bytes_made(home: Path, corpus: str, tables: Collection[str]) -> dict[str, bytes]:
    """Return the bytes of every model, and of every row of some tables, by path."""
    found = [
        *(home / "models").glob(f"{corpus}/*/*"),
        *(home / "lake" / corpus).glob("*/run=*/part-*.parquet"),
    ]
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in found
        if path.parts[-4] == "models" or path.parts[-3] in tables
    }
