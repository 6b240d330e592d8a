"""The token rules that a corpus's characters and its settings ask for."""

import polars as pl

from tasks.settings import LexiconSettings
from tasks.store.datasets import Dataset
from tasks.store.runs import Run
from tasks.text.characters import codes_of
from tasks.text.token_rules import RAW, TokenRules


def token_rules_of(ngrams: pl.DataFrame, settings: LexiconSettings) -> TokenRules:
    """Return the token rules that the settings and the characters of a table `ngrams` ask for."""
    if not settings.classes:
        return RAW
    single = ngrams.filter(pl.col("length") == 1)
    counts = single["count"].to_numpy()
    return TokenRules.of(codes_of(single["gram"]), counts, dates=settings.dates, numbers=settings.numbers)


def set_token_rules(run: Run, ngrams: Dataset, settings: LexiconSettings) -> TokenRules:
    """Choose the token rules for the characters of `ngrams` by the settings, and note them for the run."""
    characters = pl.scan_parquet(run.store.parts(ngrams)).filter(pl.col("length") == 1).collect()
    token_rules = token_rules_of(characters, settings)
    run.set_state(convention=token_rules.as_state())
    return token_rules
