"""The command `minlex export`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.console import output_json, say
from flows.commands.options import Corpus, Home, Json, Quiet
from minlex.export_formats import SAMPLE_CHARS, Format, Source
from tasks.errors import InputError

commands = typer.Typer()


@commands.command()
def export(
    corpus: Corpus,
    kind: Annotated[Format, typer.Option("--format", "-f", help="What to write.")],
    out: Annotated[str, typer.Option("--out", "-o", help="File to write; - is standard output.")],
    home: Home = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of entries, those of highest gain; for sentencepiece and hf pieces of all "
            "kinds, special tokens, bytes and single characters included.",
            show_default="all",
        ),
    ] = None,
    source: Annotated[
        Source | None,
        typer.Option(
            "--from",
            help="Where the pieces of sentencepiece and hf come from: corpus fits as many as --size says to the text, "
            "lexicon takes its words of highest gain.",
            show_default="corpus with --size, else the whole lexicon",
        ),
    ] = None,
    sample_chars: Annotated[
        int,
        typer.Option(
            min=10_000,
            max=100_000_000,
            help="--from corpus reads a sample of about so many characters, always the same; 150 MB a million.",
        ),
    ] = SAMPLE_CHARS,
    new_only: Annotated[
        bool,
        typer.Option("--new-only", help="Leave out the words that were known when the corpus was mined."),
    ] = False,
    known: Annotated[
        Path | None, typer.Option(help="Leave out the words that this file lists, one a line.")
    ] = None,
    byte_fallback: Annotated[
        bool, typer.Option(help="Spell unknown characters by their bytes (sentencepiece, hf).")
    ] = True,
    special: Annotated[
        list[str] | None,
        typer.Option(metavar="TOKEN", help="Special token (sentencepiece, hf); may be repeated."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the lexicon for another tool; the file appears whole or not at all.

    - **jieba**: user dictionary, `word freq`, by which jieba segments each word whole
    - **hanlp**: custom dictionary, `word nz freq`
    - **sentencepiece**: a unigram .model; with --size its pieces are fitted to the corpus by EM
    - **hf**: tokenizer.json for Hugging Face's tokenizers, the same pieces
    - **csv**: every column of the lexicon; text that a spreadsheet would compute gets an apostrophe before it
    - **txt**: one word a line

    Example: `minlex export --corpus demo --format hf --size 16000 --special "<sep>" --out tokenizer.json`
    """
    if json and out == "-":
        raise InputError("--json needs a file as --out: both write to standard output; got -")
    from minlex import open
    from minlex.export import Export, check_file

    chosen = Export(
        format=kind, size=size, new_only=new_only, known=known, byte_fallback=byte_fallback,
        special=tuple(special or ()), source=source, sample_chars=sample_chars,
    )  # fmt: skip
    if out != "-":
        check_file(out)
        exported = chosen.write(open(corpus, home), out)
    elif kind is Format.SENTENCEPIECE:
        raise InputError("--out must be a file for sentencepiece, which is not text; got -")
    else:
        exported = chosen.of(open(corpus, home))
        content = exported.content
        sys.stdout.flush()
        sys.stdout.buffer.write(content if isinstance(content, bytes) else content.encode())
        sys.stdout.buffer.flush()
    if json:
        output_json(
            {
                "corpus": corpus,
                "format": kind,
                "out": out,
                "entries": exported.entries,
                "left_out": exported.left_out,
            }
        )
        return
    lost = (
        f"; {exported.left_out} words that the format cannot hold are left out" if exported.left_out else ""
    )
    say(f"{exported.entries} entries written as {kind}{lost}")
