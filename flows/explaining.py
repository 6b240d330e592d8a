"""Why a word is one, told on the terminal."""

from dataclasses import asdict

import orjson
from rich.cells import cell_len
from rich.table import Table

from flows.console import Shown, output, shown_width, visible
from flows.querying import open_corpus
from tasks.corpus.normalise import convert_script, normalise
from tasks.explain.word import TABLES_READ, Decision, Explanation, Figures, explain
from tasks.store.publish import mined_settings

SIDE_CELLS = 30


def explain_word(word: str, corpus: str, home: str | None, *, as_json: bool, seed: int) -> None:
    """Print everything that decided about a word; InputError when it neither occurs nor was decided about."""
    with open_corpus(corpus, home, *TABLES_READ) as tables:
        explained = explain(tables, _as_mined(word, corpus, home), seed=seed)
    if as_json:
        output(orjson.dumps({"corpus": corpus, **asdict(explained)}).decode())
    else:
        _print(explained, corpus)


def _as_mined(word: str, corpus: str, home: str | None) -> str:
    """Return the word with the width and the script that the corpus's characters were folded to."""
    ingest = mined_settings(corpus, home).ingest
    folded, _ = normalise(word, ingest.width)
    return convert_script([folded], ingest.script)[0]


def _print(explained: Explanation, corpus: str) -> None:
    console = Shown(markup=False, highlight=False, width=shown_width())
    console.print(f"{visible(explained.word)} in {corpus}: {_verdict(explained)}", style="bold")
    console.print()
    console.print(_table([("", "left"), ("", "left")], _facts(explained)))
    if explained.parts:
        console.print()
        console.print("its parts", style="bold")
        console.print(_parts(explained.parts))
    if not explained.occurrences:
        return
    console.print()
    console.print(f"in the text, {len(explained.contexts)} of {explained.occurrences}", style="bold")
    console.print(_contexts(explained))


def _verdict(explained: Explanation) -> str:
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


def _facts(explained: Explanation) -> list[list[str]]:
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
        ("best other cut", _other(explained)),
        ("decision", _decision(decision, explained.word)),
    ]
    return [[name, value] for name, value in facts]


def _figure(value: float | None, meaning: str) -> str:
    return "not measured" if value is None else f"{value:.2f} {meaning}"


def _cost(explained: Explanation) -> str:
    if explained.bits is None:
        return "not defined: it is never used"
    condition = "" if explained.in_lexicon else ", were each occurrence a use"
    return f"{explained.bits:.2f} bits{condition}"


def _other(explained: Explanation) -> str:
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


def _decision(decision: Decision | None, word: str) -> str:
    if decision is None:
        return "none: never a candidate"
    outcome = "kept" if decision.kept else f"dropped at step {decision.step}"
    over = ""
    if decision.advantage_bits is not None and decision.parts and decision.parts != word:
        over = f"; {decision.advantage_bits:.2f} bits a use over {visible(decision.parts)}"
    return f"{outcome}, {decision.reason}: {visible(decision.detail)}{over}"


def _parts(parts: tuple[Figures, ...]) -> Table:
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
    return _table(columns, rows)


def _contexts(explained: Explanation) -> Table:
    columns = [("before", "right"), ("", "left"), ("after", "left"), ("cut", "left"), ("where", "left")]
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
    return _table(columns, rows)


def _table(columns: list[tuple[str, str]], rows: list[list[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(n for n, _ in columns))
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
