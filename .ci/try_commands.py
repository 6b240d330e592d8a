"""Every command on a tiny corpus, in an environment that has one extra alone: `python .ci/try_commands.py [EXTRA]`.

A command either works or ends with exit code 2 and one line that names the extra to install, which must not be the one
that is there.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

MINLEX = Path(sys.executable).with_name("minlex")
SUBJECTS = [
    ["经济", "发展", "企业", "市场", "改革", "建设", "生产", "银行", "的", "在", "和"],
    ["音乐", "电影", "作品", "艺术", "演员", "观众", "文学", "舞台", "的", "在", "和"],
]
NAMES_EXTRA = re.compile(r"pip install 'minlex\[(\w+)\]'")
EXTRAS_OF = {
    "demo": {"demo", "train"},
    "lm": {"lm", "train"},
    "train": {"train"},
    "spark": {"spark"},
    "": set(),
}

COMMANDS = [
    ["--help"],
    ["--version"],
    ["help"],
    ["tables"],
    ["tables", "lexicon", "--json"],
    ["mine", "{text}", "--corpus", "a"],
    ["mine", "{text}", "--corpus", "a"],
    ["mine", "{more}", "--corpus", "a"],
    ["mine", "{more}", "--corpus", "b", "--method", "four-step", "--json"],
    ["mine", "{more}", "--corpus", "s", "--method", "four-step", "--engine", "local[1]"],
    ["segment", "--corpus", "a", "{text}"],
    ["segment", "--corpus", "a", "--model", "lexicon", "{text}"],
    ["segment", "--corpus", "a", "--model", "lexicon", "--nbest", "2", "{text}"],
    ["sql", "--list"],
    ["sql", "select count(*) from a.words", "--json"],
    ["sql", "@top_words", "--corpus", "a"],
    ["why", "经济", "--corpus", "a"],
    ["diff", "--corpus", "a"],
    ["compare", "a", "b"],
    *(
        ["export", "--corpus", "a", "--format", kind, "--out", "{folder}/out"]
        for kind in ("jieba", "hanlp", "sentencepiece", "hf", "csv", "txt")
    ),
    ["export", "--corpus", "a", "--format", "sentencepiece", "--size", "400", "--out", "{folder}/out"],
    ["report", "--corpus", "a", "--lang", "zh"],
    ["train", "topics", "--corpus", "a", "--topics", "2", "--settings", "{settings}"],
    ["train", "topics", "--corpus", "a", "--model", "vae", "--topics", "2", "--settings", "{settings}"],
    ["train", "lm", "--corpus", "a", "--gpt2", "none"],
    ["train", "lm", "--corpus", "a", "--epochs", "1", "--width", "8"],
    ["train", "crf", "--corpus", "a", "--epochs", "1"],
    ["segment", "--corpus", "a", "--model", "crf", "{text}"],
    ["train", "text-vae", "--corpus", "a", "--epochs", "1", "--settings", "{settings}"],
    ["generate", "--corpus", "a", "--model", "ngram", "--prompt", "中国", "--keep"],
    ["generate", "--corpus", "a", "--model", "gpt2-char", "--prompt", "中国"],
    ["generate", "--corpus", "a", "--model", "text-vae"],
    ["status"],
    ["down"],
    ["forget", "--corpus", "a", "--batch", "{batch}"],
    ["gc", "--corpus", "a", "--hours", "0"],
    ["list"],
    ["drop", "b", "--yes"],
    ["demo", "--lines", "400"],
]
SETTINGS = """
[topics]
min_documents = 2
max_document_share = 0.9
min_information = 0.0
min_tokens = 2
[topics.training]
epochs = 20
[text_vae]
sentences = 60
width = 8
embedding = 8
dimensions = 2
"""
# These end with another code or line for a reason of their own, whatever is installed.
EXPECTED = {("status",): "not running"}


def sentences(number: int, seed: int) -> str:
    """Return lines of words of two subjects in turns, drawn by a small congruential generator."""
    state, lines = seed, []
    for line in range(number):
        words = []
        for _ in range(12):
            state = (1103515245 * state + 12345) % (1 << 31)
            words.append(SUBJECTS[line % 2][(state >> 16) % len(SUBJECTS[line % 2])])
        lines.append("".join(words) + "。\n")
    return "".join(lines)


def run(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run one command with its results below `home`."""
    return subprocess.run(
        [str(MINLEX), *arguments], capture_output=True, text=True, timeout=900, cwd=home.parent,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home.parent), "MINLEX_HOME": str(home), "LANG": "C.UTF-8"},
    )  # fmt: skip


def fault(arguments: list[str], done: subprocess.CompletedProcess[str], extra: str) -> str | None:
    """Return what is wrong with how a command ended; None when nothing is."""
    if done.returncode == 0 or EXPECTED.get(tuple(arguments), "\0") in done.stdout:
        return None
    last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
    named = NAMES_EXTRA.search(last)
    if done.returncode == 2 and last.startswith("minlex: ") and named:
        wanted = named[1]
        if wanted in EXTRAS_OF[extra]:
            return f"asks for the extra {wanted}, which is there: {last}"
        return None
    if extra == "spark" and "needs Java 17" in last:  # no package of Python's brings it
        return None
    needs_a_model = re.search(r"make one: minlex train|train one: minlex train", last)
    needed = "lm" if "gpt2" in last else "train"
    if done.returncode == 2 and needs_a_model and needed not in EXTRAS_OF[extra]:
        return None
    return f"exit code {done.returncode}: {last or done.stdout[-300:]}"


def main() -> None:
    """Try every command; exit code 1 when one is at fault."""
    extra = sys.argv[1] if len(sys.argv) > 1 else ""
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "text.txt").write_text(sentences(60, 1), encoding="utf-8")
        (folder / "more").mkdir()
        (folder / "more" / "more.txt").write_text(sentences(60, 2), encoding="utf-8")
        (folder / "settings.toml").write_text(SETTINGS, encoding="utf-8")
        values = {
            "text": str(folder / "text.txt"), "more": str(folder / "more"), "folder": str(folder),
            "settings": str(folder / "settings.toml"), "batch": "",
        }  # fmt: skip
        for template in COMMANDS:
            if "{batch}" in template:
                query = "select min(batch_id) from a.sources where source = 'text.txt'"
                values["batch"] = run(["sql", query, "--csv"], folder / "home").stdout.split()[-1].strip('"')
            arguments = [piece.format(**values) for piece in template]
            wrong = fault(template, run(arguments, folder / "home"), extra)
            if wrong:
                faults += 1
                print(f"minlex {' '.join(template)}: {wrong}")
    print(f"extra {extra or 'none'}: {len(COMMANDS) - faults} passed, {faults} failed")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
