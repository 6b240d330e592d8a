"""The memory that a run may use: a share of what the machine, or the container it is in, has.

A control group's limit counts when it is below the machine's memory: memory.max in version 2 ("max" is no
limit), memory.limit_in_bytes in version 1.
"""

from pathlib import Path

from tasks.settings import EngineSettings

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/proc/self/cgroup")
_CGROUP_ROOT = Path("/sys/fs/cgroup")


def machine_memory(meminfo: str) -> int:
    """Return the bytes of memory that /proc/meminfo states; ValueError without a MemTotal line."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemTotal":
            return int(rest.split()[0]) * 1024
    raise ValueError(f"/proc/meminfo must have a MemTotal line, got {meminfo[:60]!r}")


def group_limit(text: str) -> int | None:
    """Return the bytes a control group's limit file states, None for no limit."""
    text = text.strip()
    return int(text) if text.isdigit() else None


def limit_files(cgroup: str) -> list[str]:
    """Return the limit files under /sys/fs/cgroup that /proc/self/cgroup names, ancestors included."""
    files = []
    for line in cgroup.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            prefix, name = "", "memory.max"
        elif "memory" in controllers.split(","):
            prefix, name = "memory/", "memory.limit_in_bytes"
        else:
            continue
        parts = [part for part in path.split("/") if part not in ("", "..")]
        files += [prefix + "/".join([*parts[:depth], name]) for depth in range(len(parts), -1, -1)]
    return files


def memory_limit(settings: EngineSettings) -> int:
    """Return the bytes to stay within: memory_mb, or memory_share of the container's or machine's memory."""
    if settings.memory_mb is not None:
        return settings.memory_mb << 20
    limits = [machine_memory(_MEMINFO.read_text(encoding="ascii"))]
    for name in limit_files(_CGROUP.read_text(encoding="utf-8") if _CGROUP.exists() else ""):
        file = _CGROUP_ROOT / name
        if file.is_file() and (limit := group_limit(file.read_text(encoding="ascii"))) is not None:
            limits.append(limit)
    return int(min(limits) * settings.memory_share)
