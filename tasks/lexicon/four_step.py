"""The minimum-entropy lexicon in four steps (J. Su, kexue.fm 5476): the reference method.

1. count: characters and n-grams, with their pointwise mutual information (PMI);
2. cut: neighbours a, b are separated wherever PMI(a, b) < min_pmi or count(ab) < min_count, on the running text;
3. truncate: of what stays whole, pieces seen min_count times and not longer than max_length are words;
4. remove redundancy: longest first, a word stays only if ln p_word - sum ln p_parts > 1.

Every single character seen is a word, so that any text of the corpus can be cut. Tokens by rule (numbers,
Latin words) stay when they are frequent enough. Pieces and pairs seen once are not among the decisions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.lexicon.candidates import Pieces, count_pieces
from tasks.lexicon.gain import LN2, word_gain
from tasks.lexicon.judge import DECISION_COLUMNS, evidence, judge
from tasks.settings import LexiconSettings
from tasks.text.characters import StringColumn, codes_of, decode, string_array
from tasks.text.choose_rules import token_rules_of
from tasks.text.token_rules import TokenRules, class_table


@dataclass(frozen=True)
class LexiconResult:
    """The tables `lexicon` and `lexicon_decisions`, and the token rules to segment with.

    Counts in the lexicon are those of the pieces; `count_words` replaces them by the segmented corpus's.
    """

    lexicon: pl.DataFrame
    decisions: pl.DataFrame
    token_rules: TokenRules


def build_lexicon(
    ngrams: pl.DataFrame,
    sentences: Iterable[StringColumn],
    settings: LexiconSettings,
    token_rules: TokenRules | None = None,
) -> LexiconResult:
    """Find the words of a corpus from its table `ngrams` (orders 1 and 2 at least) and its sentences."""
    token_rules = token_rules_of(ngrams, settings) if token_rules is None else token_rules
    pairs = neighbour_pairs(ngrams, settings, token_rules)
    strong = string_array(pairs.filter(pl.col("reason").is_null())["candidate"])
    pieces = Pieces.merge(count_pieces(texts, strong, token_rules) for texts in sentences)
    return decide(ngrams, pairs, pieces, settings, token_rules)


def neighbour_pairs(ngrams: pl.DataFrame, settings: LexiconSettings, token_rules: TokenRules) -> pl.DataFrame:
    """Return the pairs within a mined class (candidate, count, pmi, reason); reason is null if strong."""
    pairs = ngrams.filter(pl.col("length") == 2)
    codes = codes_of(pairs["gram"]).reshape(-1, 2)
    kinds = class_table()[codes]
    together = token_rules.mines(codes).all(axis=1) & (
        (kinds[:, 0] == kinds[:, 1]) | (not token_rules.classes)
    )
    reason = (
        pl.when(pl.col("count") < settings.min_count).then(pl.lit("rare_pair"))
        .when(pl.col("pmi") < settings.min_pmi).then(pl.lit("weak_pair"))
    )  # fmt: skip
    return pairs.filter(pl.Series(together)).select(
        pl.col("gram").alias("candidate"), "count", "pmi", reason.alias("reason")
    )


def decide(
    ngrams: pl.DataFrame,
    pairs: pl.DataFrame,
    pieces: Pieces,
    settings: LexiconSettings,
    token_rules: TokenRules,
) -> LexiconResult:
    """Truncate the pieces, remove what is redundant, and write down why."""
    known = evidence(ngrams)
    longer = pieces.longer.rename({"piece": "candidate"}).with_columns(
        length=pl.col("candidate").str.len_chars().cast(pl.Int64)
    )
    fits = (pl.col("count") >= settings.min_count) & (
        pl.col("rule") | (pl.col("length") <= settings.max_length)
    )
    words = pl.concat([_characters(pieces), longer.filter(fits).select(_characters(pieces).columns)]).sort(
        "length", "candidate"
    )
    lexicon, judged = judge(words, known)
    decisions = pl.concat(
        [
            _cut_decisions(pairs, pieces, settings),
            _truncated_decisions(longer.filter(~fits & (pl.col("count") > 1)), known, pieces, settings),
            judged,
        ]
    )
    return LexiconResult(lexicon, decisions, token_rules)


def _characters(pieces: Pieces) -> pl.DataFrame:
    codes = np.flatnonzero(pieces.seen)
    return pl.DataFrame(
        {
            "candidate": pl.Series([chr(code) for code in codes], dtype=pl.String),
            "rule": np.zeros(len(codes), np.bool_),
            "count": pieces.alone[codes],
            "length": np.ones(len(codes), np.int64),
        }
    )


def _cut_decisions(pairs: pl.DataFrame, pieces: Pieces, settings: LexiconSettings) -> pl.DataFrame:
    weak = pairs.filter(pl.col("reason").is_not_null())
    detail = (
        pl.when(pl.col("reason") == "rare_pair")
        .then(pl.format("{} occurrences, fewer than {}", "count", pl.lit(settings.min_count)))
        .otherwise(pl.format("PMI {} nats, less than {}", pl.col("pmi").round(3), pl.lit(settings.min_pmi)))
    )
    return _dropped(weak.with_columns(length=pl.lit(2, pl.Int64), step=pl.lit("cut"), detail=detail), pieces)


def _truncated_decisions(
    dropped: pl.DataFrame, known: pl.DataFrame, pieces: Pieces, settings: LexiconSettings
) -> pl.DataFrame:
    rare = pl.col("count") < settings.min_count
    return _dropped(
        dropped.sort("length", "candidate")
        .join(known.select("candidate", "pmi"), on="candidate", how="left", maintain_order="left")
        .with_columns(
            step=pl.lit("truncate"),
            reason=pl.when(rare).then(pl.lit("too_rare")).otherwise(pl.lit("too_long")),
            detail=pl.when(rare)
            .then(pl.format("{} occurrences as a piece, fewer than {}", "count", pl.lit(settings.min_count)))
            .otherwise(pl.format("{} characters, more than {}", "length", pl.lit(settings.max_length))),
        ),
        pieces,
    )


def _dropped(rows: pl.DataFrame, pieces: Pieces) -> pl.DataFrame:
    return rows.with_columns(
        kept=pl.lit(False),
        gain=pl.Series(_gain_over_characters(rows["candidate"], rows["count"].to_numpy(), pieces.seen)),
        parts=pl.col("candidate").str.split("").list.join(" "),
        parts_advantage=pl.lit(None, pl.Float64),
    ).select(DECISION_COLUMNS)


def _gain_over_characters(candidates: pl.Series, counts: np.ndarray, seen: np.ndarray) -> np.ndarray:
    text = decode(string_array(candidates))
    owner = np.repeat(np.arange(len(candidates)), np.diff(text.offsets))
    key, times = np.unique(owner << 21 | text.codes.astype(np.int64), return_counts=True)
    parts = seen[key & ((1 << 21) - 1)]
    owner = key >> 21
    # overlapping occurrences (哈哈 in 哈哈哈) cannot all be merged: at most as many as the characters allow
    merged = np.asarray(counts, np.int64).copy()
    np.minimum.at(merged, owner, parts // times)
    offsets = np.searchsorted(owner, np.arange(len(candidates) + 1))
    total = float(seen.sum())
    return word_gain(merged, parts, offsets, total, times) / LN2
