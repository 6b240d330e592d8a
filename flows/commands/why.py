"""The command `minlex why`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len
from rich.table import Table

from flows.commands.console import output_json, plain_table, print_table, visible
from flows.commands.options import Corpus, Home, Quiet

if TYPE_CHECKING:
    from tasks.explain.word import Decision, Explanation, Figures

SIDE_CELLS = 30

commands = typer.Typer()


@commands.command()
def why(
    word: Annotated[str, typer.Argument(help="The word, or any characters of the corpus.")],
    corpus: Corpus,
    home: Home = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 31) - 1, help="Seed of the bootstrap.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Explain why a word was kept or dropped, with lines of the corpus it occurs in.

    Its counts, mutual information, gain and the entropy on both sides; the cheapest way to spell it by other
    words; the step that kept or dropped it and by which figures; and how far its count as a token would vary,
    had other documents been read: the interval of 95 % of bootstraps, documents drawn with replacement.

    Example: `minlex why 科学 --corpus demo`
    """
    from minlex import open

    explained = open(corpus, home).why(word, seed=seed)
    if json:
        output_json({"corpus": corpus, **asdict(explained)})
    else:
        _print(explained, corpus)


def _print(explained: "Explanation", corpus: str) -> None:
    facts = plain_table([("", "left"), ("", "left")])
    for row in _facts(explained):
        facts.add_row(*row)
    print_table(facts, f"{visible(explained.word)} in {corpus}: {_verdict(explained)}")
    if explained.parts:
        print_table(_parts(explained.parts), "its parts")
    if explained.occurrences:
        print_table(
            _contexts(explained), f"in the text, {len(explained.contexts)} of {explained.occurrences}"
        )


def _verdict(explained: "Explanation") -> str:
    if not explained.occurrences and explained.decision:
        return f"{explained.decision.reason} by the user dictionary, occurs 0 times"
    if explained.in_lexicon:
        return "a word of the lexicon"
    if explained.decision:
        return "considered and dropped"
    if explained.figures.token_count:
        return "a token by rule, not in the lexicon"
    if explained.is_known:
        return "counted, but never a candidate"
    return "no table knows it; it only occurs in the text"


def _facts(explained: "Explanation") -> list[list[str]]:
    figures, decision, interval = explained.figures, explained.decision, explained.interval
    documents = f"of {explained.documents} documents"
    drawn = f"; {interval.low} to {interval.high} in 95 % of {interval.draws} draws" if interval else ""
    facts = [
        ("occurrences", f"{explained.occurrences} in {explained.occurrence_documents} {documents}"),
        ("uses as a token", f"{figures.token_count} in {figures.token_documents} {documents}{drawn}"),
        ("PMI", _figure(figures.pmi, "nats, at its weakest split")),
        ("gain", _figure(figures.gain, "bits of the corpus, from joining the halves of that split")),
        ("gain as a word", _figure(figures.lexicon_gain, "bits of the corpus, over its parts")),
        ("left entropy", _figure(figures.left_entropy, "nats, of the character before")),
        ("right entropy", _figure(figures.right_entropy, "nats, of the character after")),
        ("cost of a use", _cost(explained)),
        ("best other spelling", _other(explained)),
        ("decision", _decision(decision, explained.word)),
    ]
    return [[name, value] for name, value in facts]


def _figure(value: float | None, meaning: str) -> str:
    return "not measured" if value is None else f"{value:.2f} {meaning}"


def _cost(explained: "Explanation") -> str:
    if explained.bits is None:
        return "not defined: it is never used"
    condition = "" if explained.in_lexicon else ", were each occurrence a use"
    return f"{explained.bits:.2f} bits{condition}"


def _other(explained: "Explanation") -> str:
    other, saved = explained.other_spelling, explained.saved_bits
    if other is None:
        return "none: a single character"
    parts = visible(" ".join(other.parts))
    if other.bits is None:
        return f"{parts}: of unknown cost, not all of them are in the lexicon"
    if saved is None:
        return f"{parts}: {other.bits:.2f} bits"
    sign = "more" if saved >= 0 else "less"
    return f"{parts}: {other.bits:.2f} bits, {abs(saved):.2f} {sign} than as one word"


def _decision(decision: "Decision | None", word: str) -> str:
    if decision is None:
        return "none: never a candidate"
    outcome = "kept" if decision.kept else f"dropped at step {decision.step}"
    over = ""
    if decision.advantage_bits is not None and decision.parts and decision.parts != word:
        over = f"; {decision.advantage_bits:.2f} bits a use over {visible(decision.parts)}"
    return f"{outcome}, {decision.reason}: {visible(decision.detail)}{over}"


def _parts(parts: "tuple[Figures, ...]") -> Table:
    columns = [("part", "left"), ("occurrences", "right"), ("uses", "right"), ("bits", "right")]
    rows = [
        [
            visible(part.string),
            "not counted" if part.raw_count is None else str(part.raw_count),
            str(part.token_count),
            "not in the lexicon" if part.bits is None else f"{part.bits:.2f}",
        ]
        for part in parts
    ]
    table = plain_table(columns)
    for row in rows:
        table.add_row(*row)
    return table


def _contexts(explained: "Explanation") -> Table:
    columns = [
        ("before", "right"),
        ("", "left"),
        ("after", "left"),
        ("segmented as", "left"),
        ("where", "left"),
    ]
    rows = []
    for context in explained.contexts:
        before, after = visible(context.before), visible(context.after)
        while cell_len(before) > SIDE_CELLS:
            before = before[1:]
        while cell_len(after) > SIDE_CELLS:
            after = after[:-1]
        cut = "a token" if context.is_token else "inside"
        where = f"{visible(context.source)}:{context.record}"
        rows.append([before, visible(context.word), after, cut, where])
    table = plain_table(columns)
    for row in rows:
        table.add_row(*row)
    return table
