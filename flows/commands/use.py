"""The commands that use what was found: segment, generate, convert, export."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.console import say
from flows.formats import SAMPLE_CHARS, Format, Source
from flows.options import Corpus, Home, Json, Quiet, corpora_beginning_with
from tasks.errors import InputError, need

commands = typer.Typer()


@commands.command()
def segment(
    corpus: Corpus,
    file: Annotated[Path | None, typer.Argument(help="Text to cut; standard input when left out.")] = None,
    home: Home = None,
    model: Annotated[
        Literal["trained", "lexicon", "crf"] | None,
        typer.Option(help="What to cut with.", show_default="trained, if there is one"),
    ] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of the text.")] = "utf-8",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Add the probability that a token begins; JSON.")
    ] = False,
    nbest: Annotated[
        int | None, typer.Option(min=1, max=1000, help="The N likeliest cuts of each line; JSON.")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Draw each line's cut at random, the likelier the more often.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 31) - 1, help="Seed of --sample.")] = 0,
    temperature: Annotated[
        float, typer.Option(help="Of --sample: below 1 nearer to the likeliest cut, above 1 wilder.")
    ] = 1.0,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads.", show_default="one a core")] = None,
    quiet: Quiet = False,
) -> None:
    """Cut text into words: a line in, its words joined by blanks out.

    The trained segmenter goes by the context of each gap, the lexicon by the likeliest words alone; the lexicon
    is many times faster. `crf` is the segmenter of `minlex train crf`. --nbest and --sample are of the lexicon.

    Example: `echo 中外科学名著 | minlex segment --corpus demo`
    """
    from flows.cut_request import Request
    from flows.quick_start import quick_start

    request = Request(
        model=model, json=json, probabilities=probabilities, nbest=nbest, sample=sample, seed=seed,
        temperature=temperature,
    )  # fmt: skip
    with quick_start():
        from flows.line_blocks import Source
        from flows.segmenting import published_segmenter, segment_lines

        segmenter = published_segmenter(corpus, home, request.segmenter)
    source = Source(file=file, piped=sys.stdin.buffer, encoding=encoding)
    segment_lines(segmenter, source, sys.stdout.buffer, request, workers)


@commands.command()
def generate(
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus", "-c", help="Corpus whose model is to write.", autocompletion=corpora_beginning_with
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder of a GPT-2 of Hugging Face's, or of a GPT2_ML, to write instead."),
    ] = None,
    home: Home = None,
    model: Annotated[
        Literal["lm", "ngram", "gpt2-char", "gpt2-word", "text-vae"],
        typer.Option(help="Model of the corpus: lm is the best there is, GPT-2 before n-grams."),
    ] = "lm",
    prompt: Annotated[str, typer.Option(help="Text to go on from.")] = "",
    top_k: Annotated[int, typer.Option(min=0, help="Draw from the k likeliest; 0: from all.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw from the fewest that hold this probability.")] = 1.0,
    temperature: Annotated[float, typer.Option(help="Below 1 sharpens, above 1 evens out.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 31) - 1, help="Seed of the draws.")] = 0,
    stop: Annotated[
        str | None, typer.Option(help="End after this text.", show_default="the model's end")
    ] = None,
    min_length: Annotated[int, typer.Option(min=0, help="Characters before which no text ends.")] = 0,
    max_length: Annotated[int, typer.Option(min=1, help="Characters at which every text ends.")] = 200,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Texts to draw.")] = 1,
    keep: Annotated[bool, typer.Option(help="Keep them in the table generations.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a text.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write text with a language model, character by character or word by word.

    Example: `minlex generate --corpus demo --prompt 中国经济 --top-p 0.9 --stop 。 --min-length 20 --max-length 200`
    """
    from pydantic import ValidationError

    from flows.configure import described
    from flows.generating import generate_lines
    from tasks.settings import GenerationSettings

    try:
        chosen = GenerationSettings(
            top_k=top_k, top_p=top_p, temperature=temperature, seed=seed, stop=stop,
            min_length=min_length, max_length=max_length, number=number,
        )  # fmt: skip
    except ValidationError as error:
        raise InputError(described(error)) from None
    generate_lines(model, prompt, chosen, corpus=corpus, folder=folder, home=home, keep=keep, as_json=json)


@commands.command()
def convert(
    checkpoint: Annotated[Path, typer.Argument(help="Folder with NAME.index, NAME.data-* and vocab.txt.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    quiet: Quiet = False,
) -> None:
    """Convert a TensorFlow checkpoint of GPT2_ML to safetensors, without TensorFlow.

    Example: `minlex convert gpt2-ml-1.5b/ --out models/gpt2-ml`, then `minlex generate --folder models/gpt2-ml`
    """
    need("lm", "torch", "tokenizers", what="a checkpoint of GPT2_ML")
    from tasks.lm.local_models import convert as convert_checkpoint

    convert_checkpoint(checkpoint, out)
    say(f"converted; write with it: minlex generate --folder {out}")


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
            help="--from corpus reads about so many characters, a sample that is always the same; 150 MB a million.",
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

    - **jieba**: user dictionary, `word freq`, by which jieba cuts each word whole
    - **hanlp**: custom dictionary, `word nz freq`
    - **sentencepiece**: a unigram .model; with --size its pieces are fitted to the corpus by EM
    - **hf**: tokenizer.json for Hugging Face's tokenizers, the same pieces
    - **csv**: every column of the lexicon; text that a spreadsheet would compute gets an apostrophe before it
    - **txt**: one word a line

    Example: `minlex export --corpus demo --format hf --size 16000 --special "<sep>" --out tokenizer.json`
    """
    from flows.exporting import export_lexicon

    export_lexicon(
        corpus, home, kind, out,
        size=size, new_only=new_only, known=known, byte_fallback=byte_fallback, special=special or (),
        source=source, sample_chars=sample_chars, as_json=json,
    )  # fmt: skip
