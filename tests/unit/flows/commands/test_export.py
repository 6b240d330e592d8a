import json
import os
import subprocess
import sys

import pytest

from flows.__main__ import main
from flows.commands.export import export
from minlex.export_formats import Format, Source
from tasks.errors import InputError
from tests import tiny_corpus


@pytest.fixture(scope="module")
def published_home(tmp_path_factory):
    """One home for all tests here, which only read it."""
    home = tmp_path_factory.mktemp("home")
    tiny_corpus.publish(home, "tiny", tiny_corpus.rows())
    return home


def exported(home, kind, out, **options):
    export("tiny", Format(kind), str(out), str(home), **options)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("txt", "科学\n名著\n中外\n。\n"),
        ("hanlp", "科学 nz 3\n名著 nz 2\n中外 nz 1\n。 nz 1\n"),
        ("jieba", "科学 883634\n名著 883634\n中外 883634\n"),
    ],
)
def test_words_are_written_by_gain(published_home, tmp_path, capsys, kind, expected):
    exported(published_home, kind, tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == expected
    assert capsys.readouterr().err == f"{expected.count(chr(10))} entries written as {kind}\n"
    exported(published_home, kind, "-")
    assert capsys.readouterr().out == expected


def test_csv_has_every_column(published_home, capsys):
    exported(published_home, "csv", "-")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('"word","length","count","probability"')
    assert lines[1].startswith('"科学",2,3,0.5,')
    assert len(lines) == 5


def test_known_words_are_left_out_and_the_rest_cut_to_size(published_home, tmp_path, capsys):
    (tmp_path / "known").write_text("科学 12\n", encoding="utf-8")
    exported(published_home, "txt", "-", known=tmp_path / "known", size=2)
    assert capsys.readouterr().out == "名著\n中外\n"


def test_a_tokenizer_has_the_pieces_asked_for(published_home, tmp_path, capsys):
    exported(published_home, "hf", "-", special=["<sep>"], byte_fallback=False)
    model = json.loads(capsys.readouterr().out)["model"]
    pieces = [piece for piece, _ in model["vocab"]]
    assert pieces[:5] == ["<unk>", "<s>", "</s>", "<pad>", "<sep>"]
    assert sorted(pieces[5:]) == sorted(["科学", "名著", "中外", *"科学名著中外。"])
    exported(published_home, "sentencepiece", tmp_path / "m.model", size=4 + 256 + 7 + 1)
    assert capsys.readouterr().err == "268 entries written as sentencepiece\n"
    assert "科学".encode() in (tmp_path / "m.model").read_bytes()


def pieces_of(file):
    return [piece for piece, _ in json.loads(file.read_text(encoding="utf-8"))["model"]["vocab"]][4:]


def test_a_size_fits_the_pieces_to_the_corpus_unless_they_are_to_come_from_the_lexicon(
    published_home, tmp_path
):
    sizes = {"size": 4 + 7 + 1, "byte_fallback": False}
    exported(published_home, "hf", tmp_path / "fitted", **sizes)
    exported(published_home, "hf", tmp_path / "again", **sizes, source=Source.CORPUS)
    assert sorted(pieces_of(tmp_path / "fitted")) == sorted(["科学", *"科学名著中外。"])
    assert (tmp_path / "again").read_bytes() == (tmp_path / "fitted").read_bytes()
    exported(published_home, "hf", tmp_path / "all", size=100, byte_fallback=False)
    # 科学 and 名著 stand twice in the text; 中外 once, and is a candidate as a word of the lexicon
    assert sorted(pieces_of(tmp_path / "all")) == sorted(["科学", "名著", "中外", *"科学名著中外。"])
    exported(published_home, "hf", tmp_path / "lexicon", **sizes, source=Source.LEXICON)
    whole = json.loads((tmp_path / "lexicon").read_text(encoding="utf-8"))["model"]["vocab"]
    assert len(whole) == 12
    assert whole != json.loads((tmp_path / "fitted").read_text(encoding="utf-8"))["model"]["vocab"]


def test_what_the_user_forces_is_a_piece_and_what_he_forbids_is_not(tmp_path):
    dictionary = {"force": ["外科", "龘龘"], "forbid": ["科学"], "stop_characters": ""}
    tiny_corpus.publish(tmp_path, "tiny", tiny_corpus.rows(), dictionary=dictionary)
    exported(tmp_path, "hf", tmp_path / "out", size=30, byte_fallback=False)
    pieces = pieces_of(tmp_path / "out")
    assert {"外科", "龘龘", "龘", "名著"} <= set(pieces)
    assert "科学" not in pieces


def test_duplicates_are_not_fitted_to(tmp_path):
    rows = tiny_corpus.rows()
    for doc_id in range(20, 40):
        rows["documents"].append(tiny_corpus.document(doc_id, "外外外外"))
        rows["sentences"].append(
            {"doc_id": doc_id, "sentence_no": 0, "start": 0, "chars": 4, "text": "外外外外"}
        )
        if doc_id > 20:
            rows["duplicates"].append(
                {"batch_id": "b" * 16, "doc_id": doc_id, "kept_doc_id": 20, "same_batch": True}
            )
    found = {}
    for name, kept in (("tiny", rows["duplicates"]), ("twice", [])):
        tiny_corpus.publish(tmp_path, name, rows | {"duplicates": kept})
        export(name, Format.HF, str(tmp_path / name), str(tmp_path), size=300)
        vocabulary = json.loads((tmp_path / name).read_text(encoding="utf-8"))["model"]["vocab"]
        found[name] = {piece: score for piece, score in vocabulary if piece.strip("外") == ""}
    assert found["tiny"] != found["twice"]


@pytest.mark.parametrize(
    ("kind", "out", "options", "says"),
    [
        ("txt", "{tmp}", {}, "not a folder or a device"),
        ("txt", os.devnull, {}, "not a folder or a device"),
        ("txt", "{tmp}/none/out", {}, "in a folder that exists"),
        ("txt", "a\0b", {}, "must be a file's path"),
        ("sentencepiece", "-", {}, "which is not text"),
        ("hf", "-", {"known": "{tmp}/none"}, "must go with a list of words"),
        ("sentencepiece", "x", {"new_only": True}, "must go with a list of words"),
        ("txt", "-", {"special": ["<sep>"]}, "must go with sentencepiece and hf; got txt"),
        ("txt", "-", {"known": "{tmp}/none"}, "cannot read the words of"),
        ("hf", "{tmp}/out", {"size": 266}, "size must be at least 267, .*; got 266"),
        (
            "hf",
            "{tmp}/out",
            {"size": 266, "source": Source.LEXICON},
            "size must be at least 267, .*; got 266",
        ),
        ("hf", "-", {"source": Source.CORPUS}, "--from corpus must go with --size"),
        ("txt", "-", {"source": Source.CORPUS}, "--from corpus must go with sentencepiece and hf; got txt"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is(published_home, tmp_path, kind, out, options, says):
    options = {k: v.format(tmp=tmp_path) if isinstance(v, str) else v for k, v in options.items()}
    if "known" in options:
        options["known"] = tmp_path / options["known"]
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=says) as caught:
        exported(published_home, kind, out.format(tmp=tmp_path), **options)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_keeps_pointing_to_what_is_replaced(published_home, tmp_path):
    (tmp_path / "out").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "out")
    exported(published_home, "txt", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out").read_text(encoding="utf-8").startswith("科学\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["export", "-c", "tiny", "-f", "txt", "-o", "-"], 0, "4 entries written as txt\n"),
        (["export", "-c", "none_here", "-f", "txt", "-o", "-"], 2, "tiny; got 'none_here'\n"),
        (["why", "龘", "-c", "tiny"], 2, "'龘' does not, anywhere\n"),
        (["why", "外科", "-c", "tiny"], 0, ""),
        (["compare", "tiny", "tiny"], 0, "distinguishes tiny and tiny\n"),
        (["compare", "tiny", "news"], 2, "tiny; got 'news'\n"),
        (["compare", "tiny", "tiny", "--csv", "--json"], 2, "got --csv and --json\n"),
    ],
)
def test_the_commands_end_with_their_code_and_one_line(
    published_home, monkeypatch, capfd, arguments, code, says
):
    monkeypatch.setattr(sys, "argv", ["minlex", *arguments, "--home", str(published_home)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    shown = capfd.readouterr().err
    assert shown.endswith(says)
    assert shown.count("\n") <= 1


@pytest.mark.parametrize("command", ["why", "compare", "export"])
def test_help_has_an_example(monkeypatch, capsys, command):
    monkeypatch.setattr(sys, "argv", ["minlex", command, "--help"])
    with pytest.raises(SystemExit):
        main()
    assert f"Example: minlex {command}" in capsys.readouterr().out


def test_export_needs_no_prefect(published_home, tmp_path):
    model = ["-f", "sentencepiece", "-o", str(tmp_path / "m.model"), "--size", "268"]
    arguments = ["minlex", "export", "-c", "tiny", "--home", str(published_home), *model]
    program = f"""
import sys
from flows.__main__ import main
sys.argv = {arguments!r}
try:
    main()
finally:
    print('prefect' in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
    assert (tmp_path / "m.model").exists()
