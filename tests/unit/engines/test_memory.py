import pytest

from tasks.engines import memory
from tasks.settings import EngineSettings

MEMINFO = "MemTotal:       24683904 kB\nMemFree:        23000000 kB\n"


def test_machine_memory_is_read_in_bytes():
    assert memory.machine_memory(MEMINFO) == 24683904 * 1024
    with pytest.raises(ValueError, match="must have a MemTotal line, got 'x'"):
        memory.machine_memory("x")


@pytest.mark.parametrize(("text", "limit"), [("max\n", None), ("2147483648\n", 1 << 31)])
def test_group_limit(text, limit):
    assert memory.group_limit(text) == limit


@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        ("", []),
        ("0::/", ["memory.max"]),
        ("0::/a/b", ["a/b/memory.max", "a/memory.max", "memory.max"]),
        (
            "5:cpu,memory:/docker/x\n3:cpuset:/y\n",
            ["memory/docker/x/memory.limit_in_bytes", "memory/docker/memory.limit_in_bytes",
             "memory/memory.limit_in_bytes"],
        ),
        ("0::/../x", ["x/memory.max", "memory.max"]),
    ],
)  # fmt: skip
def test_limit_files_of_both_versions(cgroup, files):
    assert memory.limit_files(cgroup) == files


@pytest.mark.parametrize(
    ("cgroup", "files", "limit"),
    [
        ("0::/job", {"job/memory.max": "max", "memory.max": "1000000000"}, 500_000_000),
        ("0::/job", {"job/memory.max": "400000000\n"}, 200_000_000),
        ("4:memory:/job", {"memory/job/memory.limit_in_bytes": "9223372036854771712"}, 24683904 * 512),
        ("", {}, 24683904 * 512),
    ],
)
def test_the_smallest_limit_counts(tmp_path, monkeypatch, cgroup, files, limit):
    (tmp_path / "meminfo").write_text(MEMINFO)
    (tmp_path / "cgroup").write_text(cgroup)
    for name, text in files.items():
        path = tmp_path / "fs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_CGROUP_ROOT", tmp_path / "fs")
    assert memory.memory_limit(EngineSettings(memory_share=0.5)) == limit


def test_megabytes_take_the_place_of_the_share():
    assert memory.memory_limit(EngineSettings(memory_mb=300)) == 300 << 20
