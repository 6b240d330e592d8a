import errno
import hashlib
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corpus import sources as module
from tasks.corpus.sources import Source, batch_id, find_files, list_sources, shard_sources
from tasks.errors import InputError


def supported(name):
    return name.endswith(".txt")


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / name.replace("__", "/")
        path = path.with_name(f"{path.name}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def source(name="a", size=1, digest="0"):
    return Source(name=name, path=f"/{name}", bytes=size, modified_ns=0, content_hash=digest)


def refused(*paths):
    with pytest.raises(InputError) as caught:
        list_sources([str(path) for path in paths], supported)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_are_listed_in_the_order_of_their_names(tmp_path):
    news = write(tmp_path / "news", b="2", a="1", sub__c="3", A="0")
    single = write(tmp_path, zz="9") / "zz.txt"
    listing = list_sources([str(single), str(news)], supported)
    assert [one.name for one in listing.sources] == [
        *("news/A.txt", "news/a.txt", "news/b.txt", "news/sub/c.txt", "zz.txt")
    ]
    first = listing.sources[0]
    assert first == Source(
        name="news/A.txt",
        path=str(news / "A.txt"),
        bytes=1,
        modified_ns=(news / "A.txt").stat().st_mtime_ns,
        content_hash=hashlib.sha256(b"0").hexdigest(),
    )
    assert listing.skipped == ()


def test_names_do_not_depend_on_the_current_folder_or_a_trailing_slash(tmp_path, monkeypatch):
    news = write(tmp_path / "news", a="1")
    expected = list_sources([str(news)], supported)
    monkeypatch.chdir(news)
    assert list_sources(["."], supported) == expected
    assert list_sources(["../news/"], supported) == expected
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list_sources(["~/news"], supported) == expected


def test_same_names_from_two_folders_are_both_listed(tmp_path):
    first = write(tmp_path / "x" / "news", a="1")
    second = write(tmp_path / "y" / "news", a="2")
    listing = list_sources([str(first), str(second)], supported)
    assert [(one.name, one.path) for one in listing.sources] == sorted(
        [("news/a.txt", str(first / "a.txt")), (str(second / "a.txt"), str(second / "a.txt"))]
    )


def test_a_file_given_in_two_ways_is_listed_once(tmp_path, monkeypatch):
    write(tmp_path, a="1")
    (tmp_path / "other.txt").symlink_to(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    listing = list_sources(["a.txt", "./a.txt", str(tmp_path / "a.txt"), "other.txt"], supported)
    assert [one.name for one in listing.sources] == ["a.txt"]


def test_a_folder_given_twice_is_listed_once(tmp_path):
    news = write(tmp_path / "news", a="1", b="2")
    assert len(list_sources([str(news), str(news), f"{news}/../news"], supported).sources) == 2


def test_a_file_with_the_bytes_of_another_names_it(tmp_path):
    news = write(tmp_path / "news", a="same", b="other", c="same", d="same")
    assert [one.duplicate_of for one in list_sources([str(news)], supported).sources] == [
        *(None, None, "news/a.txt", "news/a.txt")
    ]


def test_hidden_files_are_passed_over_in_silence_and_other_formats_named(tmp_path):
    news = write(tmp_path / "news", a="1", **{".hidden": "2", ".git__b": "3", "sub__.cache__c": "4"})
    (news / "picture.png").write_bytes(b"\x89PNG")
    listing = list_sources([str(news)], supported)
    assert [one.name for one in listing.sources] == ["news/a.txt"]
    assert listing.skipped == ("news/picture.png (no known format)",)


def test_a_hidden_folder_that_is_named_is_read(tmp_path):
    assert len(list_sources([str(write(tmp_path / ".news", a="1"))], supported).sources) == 1


def test_links_out_of_the_folder_are_passed_over_and_links_within_are_read(tmp_path):
    news = write(tmp_path / "news", a="1")
    outside = write(tmp_path, outside="2") / "outside.txt"
    (news / "out.txt").symlink_to(outside)
    (news / "in.txt").symlink_to(news / "a.txt")
    (news / "broken.txt").symlink_to(news / "none")
    (news / "loop.txt").symlink_to(news / "loop.txt")
    listing = list_sources([str(news)], supported)
    assert [one.name for one in listing.sources] == ["news/a.txt", "news/in.txt"]
    assert listing.skipped == (
        "news/broken.txt (no file)",
        "news/loop.txt (no file)",
        "news/out.txt (a link out of the folder)",
    )


def test_a_link_to_a_folder_is_named_and_not_followed(tmp_path):
    news = write(tmp_path / "news", a="1", old__b="2")
    write(tmp_path / "elsewhere", c="3")
    (news / "within").symlink_to(news / "old")
    (news / "out").symlink_to(tmp_path / "elsewhere")
    (news / "old" / "around").symlink_to(news)
    (news / ".hidden").symlink_to(tmp_path / "elsewhere")
    listing = list_sources([str(news)], supported)
    assert [one.name for one in listing.sources] == ["news/a.txt", "news/old/b.txt"]
    assert listing.skipped == tuple(
        f"news/{link} (a link to a folder)" for link in ("old/around", "out", "within")
    )


def test_a_pipe_in_a_folder_is_passed_over(tmp_path):
    news = write(tmp_path / "news", a="1")
    os.mkfifo(news / "pipe.txt")
    assert list_sources([str(news)], supported).skipped == ("news/pipe.txt (no file)",)


def test_a_file_of_no_known_format_is_read_when_it_is_named(tmp_path):
    (tmp_path / "notes").write_text("x")
    assert [one.name for one in list_sources([str(tmp_path / "notes")], supported).sources] == ["notes"]


def test_no_path_is_refused():
    assert refused() == "mine needs at least one file or folder; got none"


def test_a_missing_path_is_refused(tmp_path):
    news = write(tmp_path / "news", a="1")
    missing = tmp_path / "none"
    assert refused(news, missing) == f"cannot read {str(missing)!r}: No such file or directory"


def test_a_path_that_no_system_takes_is_refused():
    assert refused("a\0b") == "cannot read 'a\\x00b': not a usable path"


def test_a_folder_without_readable_files_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"x")
    empty, pictures = str(tmp_path / "empty"), str(tmp_path / "pictures")
    assert refused(empty) == f"no readable text file at {empty!r}; 0 skipped"
    assert refused(empty, pictures) == f"no readable text file at {empty!r}, {pictures!r}; 1 skipped"


def test_a_pipe_is_refused_without_being_opened(tmp_path):
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    assert refused(pipe) == f"cannot read {str(pipe)!r}: neither a file nor a folder"


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    news = write(tmp_path / "news", a="1", b="2")
    # The superuser may read every file, so the system's answer is put in here.
    monkeypatch.setattr(module.os, "access", lambda path, mode: Path(path).name != "b.txt")
    assert refused(news) == f"cannot read {str(news / 'b.txt')!r}: permission denied"


def test_a_file_that_fails_while_it_is_read_is_refused(tmp_path, monkeypatch):
    news = write(tmp_path / "news", a="1")

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module.hashlib, "file_digest", fail)
    assert refused(news) == f"cannot read {str(news / 'a.txt')!r}: Input/output error"


@pytest.mark.parametrize("given_as", ["file", "folder"])
def test_a_name_that_is_not_unicode_is_refused(tmp_path, given_as):
    news = write(tmp_path / "news", a="1")
    damaged = os.fsdecode(os.fsencode(news) + b"/\xff.txt")
    Path(damaged).write_text("2")
    with pytest.raises(InputError) as caught:
        find_files([damaged if given_as == "file" else str(news)], supported)
    assert str(caught.value) == f"cannot read {damaged!r}: its name is not UTF-8; rename it"


def test_batch_id_names_the_content_whatever_its_names_and_order():
    one, two = source("a", digest="1"), source("b", digest="2")
    renamed = source("c", size=9, digest="1")
    assert batch_id([one, two]) == batch_id([two, one]) == batch_id([two, renamed, one])
    assert len({batch_id(of) for of in ([one], [two], [one, two], [])}) == 4
    assert len(batch_id([one])) == 16
    assert int(batch_id([one]), 16) >= 0


@given(st.lists(st.integers(0, 12), max_size=12), st.integers(1, 20))
def test_shards_keep_the_order_and_are_filled_up_to_their_size(sizes, limit):
    files = [source(str(number), size) for number, size in enumerate(sizes)]
    shards = shard_sources(files, limit)
    assert [one for shard in shards for one in shard] == files
    assert all(shards)
    totals = [sum(one.bytes for one in shard) for shard in shards]
    assert all(total <= limit or len(shard) == 1 for total, shard in zip(totals, shards, strict=True))
    assert all(
        total + after[0].bytes > limit for total, (_, after) in zip(totals, pairwise(shards), strict=False)
    )


def test_shards_by_hand():
    sizes = (4, 4, 3, 30, 0, 10)
    shards = shard_sources([source(str(size), size) for size in sizes], 10)
    assert [[one.bytes for one in shard] for shard in shards] == [[4, 4], [3], [30], [0, 10]]


def test_a_folder_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    (tmp_path / "open").mkdir()
    (tmp_path / "shut").mkdir()
    (tmp_path / "open" / "a.txt").write_text("甲", encoding="utf-8")
    real = os.scandir

    def scandir(folder):
        if str(folder).endswith("shut"):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InputError, match="shut': Permission denied"):
        list_sources([str(tmp_path)], lambda name: True)
