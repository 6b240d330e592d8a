"""The command `minlex segment`."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.options import Corpus, Home, Quiet
from flows.commands.quick_start import quick_start
from flows.commands.segment_request import Request

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
    """Segment text into words: a line in, its words separated by spaces out.

    The trained segmenter uses the context around each boundary, the lexicon only the likeliest words; the lexicon
    is many times faster. `crf` is the segmenter of `minlex train crf`. --nbest and --sample use the lexicon.

    Example: `echo 中外科学名著 | minlex segment --corpus demo`
    """
    request = Request(
        model=model, json=json, probabilities=probabilities, nbest=nbest, sample=sample, seed=seed,
        temperature=temperature,
    )  # fmt: skip
    with quick_start():
        from flows.commands.line_blocks import Source
        from flows.commands.segment_lines import published_segmenter, segment_lines

        segmenter = published_segmenter(corpus, home, request.segmenter)
    source = Source(file=file, piped=sys.stdin.buffer, encoding=encoding)
    segment_lines(segmenter, source, sys.stdout.buffer, request, workers)
