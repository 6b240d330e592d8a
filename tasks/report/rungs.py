"""What each rung of the entropy ladder is called, which family it is of, and what it knows, in the page's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.lm.rungs import MAX_ORDER, RUNGS
from tasks.report.strings import STRINGS
from tasks.settings import Language

_ORDERS = range(2, MAX_ORDER + 1)
_SEEN_WHOLE = "词从整个语料中发现，但用哪些词及其次数只取自留出文档以外的部分"
_CUT_WHOLE = "分词器在整个语料上训练，计数只取自留出文档以外的部分"
_FAMILIES = ("characters", "words", "both", "networks", "other")

NAMES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "uniform": "characters, all alike",
        "char_unigram": "characters by frequency",
        "four_step": "words of four steps",
        "lexicon": "words, likeliest cut",
        "lexicon_marginal": "words, all cuts",
        "word_bigram": "word bigram, likeliest cut",
        "word_bigram_marginal": "word bigram, all cuts",
        "word_bigram_kn": "words and n-grams",
        **{f"kn{order}": f"n-grams of order {order}" for order in _ORDERS},
        "gpt2_char": "GPT-2 on characters",
        "gpt2_word": "GPT-2 on words",
        "text_vae": "VAE of sentences",
    },
    "zh": {
        "uniform": "字，等概率",
        "char_unigram": "字，按频率",
        "four_step": "词，四步法",
        "lexicon": "词，最可能的切分",
        "lexicon_marginal": "词，全部切分",
        "word_bigram": "词二元语法，最可能的切分",
        "word_bigram_marginal": "词二元语法，全部切分",
        "word_bigram_kn": "词二元与字多元语法混合",
        **{f"kn{order}": f"{order} 元语法" for order in _ORDERS},
        "gpt2_char": "GPT-2，逐字",
        "gpt2_word": "GPT-2，逐词",
        "text_vae": "句子的 VAE",
    },
}
CHINESE: Mapping[str, str] = {
    "uniform": "见过的每个字与文末一律等概率",
    "char_unigram": "各字按其频率",
    "four_step": "四步法的词，各词独立，最可能的切分：上界",
    "lexicon": f"词表的词，各词独立，最可能的切分：上界；{_SEEN_WHOLE}",
    "lexicon_marginal": f"词表的词，各词独立，全部切分之和；{_SEEN_WHOLE}",
    "word_bigram": f"各词由其前一词预测：Kneser-Ney，最可能的切分：上界；{_CUT_WHOLE}",
    "word_bigram_marginal": f"各词由其前一词预测：Kneser-Ney，全部切分之和；{_CUT_WHOLE}",
    "word_bigram_kn": f"词二元语法（全部切分）与字的 {MAX_ORDER} 元语法逐字混合；{_CUT_WHOLE}",
    **{f"kn{order}": f"各字由其前 {order - 1} 字预测：Kneser-Ney" for order in _ORDERS},
    "gpt2_char": "在语料上逐字训练的 GPT-2",
    "gpt2_word": "在语料上逐词训练的 GPT-2，众多切分中只计一种：上界",
    "text_vae": "语料句子的 VAE，每个后验抽样数次：上界",
}


def named_rungs(ladder: Sequence[Mapping[str, Any]], lang: Language) -> list[dict[str, Any]]:
    """Return the rows of a ladder family by family, each with its `family`, `name` and `note` in a language.

    What there is no translation of is called as in the table, and its note stays English.
    """
    notes = CHINESE if lang == "zh" else {}
    families = {rung["rung"]: _family(rung["rung"]) for rung in ladder}
    return [
        {
            **rung,
            "family": STRINGS[lang][f"family_{families[rung['rung']]}"],
            "name": NAMES[lang].get(rung["rung"], rung["rung"]),
            "note": notes.get(rung["rung"], rung["note"]),
        }
        for rung in sorted(ladder, key=lambda rung: _FAMILIES.index(families[rung["rung"]]))
    ]


def _family(rung: str) -> str:
    return RUNGS[rung].family if rung in RUNGS else "other"
