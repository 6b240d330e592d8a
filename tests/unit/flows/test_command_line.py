"""What holds of every command: its place in the tree, its options, its exit codes, its one-line errors."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command, get_group

from flows import __main__ as command
from flows.commands import console
from flows.commands.app import COMMANDS, PURPOSES
from flows.commands.generate import KINDS
from tasks.errors import InputError
from tasks.model_kinds import MODEL_KINDS
from tests import tiny_corpus


def commands(group=None, words=()):
    for name, inner in (group or get_command(command.app)).commands.items():
        if hasattr(inner, "commands"):
            yield from commands(inner, (*words, name))
        else:
            yield (*words, name), inner


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    monkeypatch.setenv("MINLEX_QUIET", "")
    monkeypatch.setenv("MINLEX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(console._console, "quiet", False)


def run(monkeypatch, capsys, *arguments):
    """Return exit code, output and what was told of the command with these arguments."""
    monkeypatch.setattr("sys.argv", ["minlex", *arguments])
    try:
        command.main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_of_a_command_what_its_docstring_says(name):
    entry, found = COMMANDS[name], get_command(command.app).commands[name]
    assert entry.purpose in PURPOSES
    assert found.get_short_help_str(limit=200) == entry.summary


def test_no_command_is_missing_from_the_table():
    modules = (Path(command.__file__).parent / "commands").glob("*.py")
    found = {
        (path.stem, name)
        for path in modules
        if hasattr(module := import_module(f"flows.commands.{path.stem}"), "commands")
        for name in (["train"] if path.stem == "train" else get_group(module.commands).commands)
    }
    assert found == {(entry.module, name) for name, entry in COMMANDS.items()}


def test_the_tree_shows_every_command_and_what_it_does(monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, "help")
    assert (code, err) == (0, "")
    rows = [line.lstrip("│├└─ ").split(maxsplit=1) for line in out.splitlines()]
    shown = {row[0]: row[1] for row in rows if len(row) == 2}
    for words, inner in commands():
        assert shown[words[-1]].startswith(inner.get_short_help_str(limit=200)[:40])
    assert [line for line in out.splitlines() if line.startswith(("├", "└"))] == [
        f"{'└' if purpose == 'Find your way' else '├'}── {purpose}" for purpose in PURPOSES
    ]


def test_help_explains_one_command(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "help", "train", "crf")
    assert code == 0
    assert "minlex train crf" in out
    assert "--gold" in out


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_every_command_can_be_quiet(words):
    found = dict(commands())[words]
    assert "--quiet" in {name for parameter in found.params for name in parameter.opts}


TELLS_NO_RESULT = {("demo",), ("convert",), ("help",)}


@pytest.mark.parametrize("words", [w for w, _ in commands() if w not in TELLS_NO_RESULT], ids=" ".join)
def test_every_command_that_tells_results_tells_machines_too(words):
    found = dict(commands())[words]
    assert "--json" in {name for parameter in found.params for name in parameter.opts}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mine"], "missing argument 'paths'; see minlex mine --help"),
        (["mine", "x"], "missing option '--corpus' / '-c'; see minlex mine --help"),
        (["segmnt"], "no such command 'segmnt'. Did you mean 'segment'?; see minlex --help"),
        (["sql", "--bogus"], "no such option: --bogus"),
        (["report", "--corpus"], "option '--corpus' requires an argument"),
        (["up", "--port", "x"], "invalid value for '--port'"),
        (["train", "nothing"], "no such command 'nothing'; see minlex train --help"),
        (["export", "-c", "x", "-f", "bad", "-o", "y"], "'bad' is not one of 'jieba', 'hanlp'"),
        (["generate", "-c", "x", "--model", "crf"], "'crf' is not one of 'lm', 'ngram', 'gpt2-char'"),
        (
            ["sql", "select 1", "--csv", "--json"],
            "output must be one of --csv, --json, --vertical; got --csv and --json",
        ),
        (["export", "-c", "x", "-f", "txt", "-o", "-", "--json"], "--json needs a file as --out"),
        (["gc", "-c", "x", "--hours", "1e10"], "less than or equal to 876000; see minlex gc --help"),
        (["gc", "-c", "x", "--hours", "inf"], "less than or equal to 876000"),
        (["gc", "-c", "x", "--hours", "nan"], "less than or equal to 876000"),
        (["help", "train", "nothing"], "'train nothing' is no command"),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(monkeypatch, capsys, arguments, says):
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("minlex: ")
    assert says in err


NOTHING_MINED = [
    ("sql", "select 1"),
    ("sql", "select 1", "--corpus", "news"),
    ("sql", "@top_words", "--corpus", "news"),
    ("report", "--corpus", "news"),
    ("segment", "--corpus", "news"),
    ("why", "科学", "--corpus", "news"),
    ("diff", "--corpus", "news"),
    ("compare", "news", "other"),
    ("export", "--corpus", "news", "--format", "txt", "--out", "-"),
    ("forget", "--corpus", "news", "--batch", "0" * 16),
    ("gc", "--corpus", "news"),
    ("generate", "--corpus", "news"),
    ("train", "crf", "--corpus", "news"),
    ("train", "lm", "--corpus", "news"),
    ("train", "topics", "--corpus", "news"),
]


@pytest.mark.parametrize("arguments", NOTHING_MINED, ids=lambda arguments: " ".join(arguments[:3]))
def test_with_nothing_mined_a_command_says_what_to_do(monkeypatch, capsys, tmp_path, arguments):
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search("mine it first|run minlex mine", err)
    assert not (tmp_path / "home").exists()


@pytest.fixture
def mined(tmp_path):
    tiny_corpus.publish(tmp_path / "home", "tiny", tiny_corpus.rows())


@pytest.mark.usefixtures("mined")
def test_a_query_without_rows_says_so_to_people_alone(monkeypatch, capsys):
    query = "select word from tiny.words where false"
    assert run(monkeypatch, capsys, "sql", query)[2] == "no rows\n"
    assert run(monkeypatch, capsys, "sql", query, "--quiet")[2] == ""
    monkeypatch.setattr(console._console, "quiet", False)
    assert run(monkeypatch, capsys, "sql", query, "--json") == (0, "", "")


@pytest.mark.usefixtures("mined")
def test_a_model_that_is_not_trained_is_said_to_be_trained_how(monkeypatch, capsys):
    for arguments, made_by in (
        (("segment", "--model", "crf"), "minlex train crf"),
        (("generate",), "minlex train lm --corpus tiny\n"),
        (("generate", "--model", "gpt2-word"), "minlex train lm --gpt2 words --corpus tiny\n"),
    ):
        code, out, err = run(monkeypatch, capsys, *arguments, "--corpus", "tiny")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert made_by in err


def test_every_kind_of_model_is_made_by_a_command():
    known = {" ".join(words) for words, _ in commands()}
    for kind in MODEL_KINDS:
        assert any(kind.trained_by.startswith(name) for name in known), kind.trained_by


def test_every_kind_of_model_that_generates_text_can_be_chosen():
    generating = {kind.name: kind.load for kind in MODEL_KINDS if kind.load}
    assert set().union(*KINDS.values()) == set(generating)
    for path in generating.values():
        module, name = path.split(":")
        assert callable(getattr(import_module(module), name))


@pytest.mark.usefixtures("mined")
def test_export_tells_machines_what_it_wrote(monkeypatch, capsys, tmp_path):
    out = str(tmp_path / "words.txt")
    code, told, err = run(
        monkeypatch, capsys, "export", "-c", "tiny", "-f", "txt", "-o", out, "--json", "--quiet"
    )
    assert (code, err) == (0, "")
    assert json.loads(told) == {"corpus": "tiny", "format": "txt", "out": out, "entries": 4, "left_out": 0}


def test_status_without_services_is_code_1_and_told_to_machines(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "status", "--json")
    assert code == 1
    assert json.loads(out) == {"server": None, "worker": None, "address": None}


def raising(error):
    def raise_it(*arguments, **options):
        raise error

    return raise_it


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(28, "No space left on device"), 1, "no space left"),
        (PermissionError(13, "Permission denied", "/lake"), 1, "Permission denied (/lake)"),
        (ZeroDivisionError("by zero"), 1, "unexpected ZeroDivisionError: by zero; set MINLEX_DEBUG=1"),
    ],
)
def test_what_goes_wrong_inside_is_one_line_even_when_quiet(monkeypatch, capsys, error, code, says):
    monkeypatch.setattr("flows.commands.sql_results.run_query", raising(error))
    found, out, err = run(monkeypatch, capsys, "sql", "select 1", "--quiet")
    assert (found, out, err.strip().count("\n")) == (code, "", 0)
    assert err.lstrip().startswith(f"minlex: {says}")


@pytest.mark.usefixtures("mined")
@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("minlex se", {"segment"}),
        ("minlex train t", {"topics", "text-vae"}),
        ("minlex segment --mod", {"--model"}),
        ("minlex segment --model ", {"trained", "lexicon", "crf"}),
        ("minlex generate --model ", set(KINDS)),
        ("minlex why 科学 --corpus t", {"tiny"}),
        ("minlex compare t", {"tiny"}),
        ("minlex sql --corpus x", set()),
    ],
)
def test_the_shell_completes_commands_options_and_corpora(monkeypatch, capsys, words, completions):
    monkeypatch.setenv("_MINLEX_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    assert set(run(monkeypatch, capsys)[1].split()) == completions


def test_a_file_s_name_does_not_act_on_the_terminal(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("flows.commands.mine.flow_run", raising(InputError("no \x1b[31mserver")))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("中国", encoding="utf-8")
    (folder / "\x1b[31mred\n.xyz").touch()
    code, out, err = run(monkeypatch, capsys, "mine", str(folder), "--corpus", "tiny")
    assert (code, out, err.count("\n")) == (2, "", 4)
    assert err.startswith("1 file left out, in/�[31mred�.xyz (no known format) the first of them\n")
    assert err.endswith("minlex: no �[31mserver\n")


@pytest.mark.usefixtures("mined")
@pytest.mark.parametrize("style", [[], ["--csv"], ["--json"]], ids=["table", "csv", "json"])
def test_a_reader_that_has_enough_is_no_failure(style):
    query = "select range as n, repeat('x', 500) as x from range(1000)"
    command_line = [sys.executable, "-m", "flows", "sql", query, *style]
    started = subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    started.stdout.readline()
    started.stdout.close()
    with started.stderr:
        assert (started.wait(timeout=60), started.stderr.read()) == (0, b"")


@pytest.mark.usefixtures("mined")
def test_a_reader_that_was_never_there_is_no_failure_but_another_broken_pipe_is(monkeypatch, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    command_line = [sys.executable, "-m", "flows", "sql", "select 1", "--json"]
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(command_line, stdout=nobody, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    monkeypatch.setattr("flows.commands.sql_results.run_query", raising(BrokenPipeError(32, "Broken pipe")))
    code, _, err = run(monkeypatch, capsys, "sql", "select 1")
    assert (code, err.count("\n")) == (1, 1)
