"""What each rung of the entropy ladder knows: its row says so in English, this table in Chinese."""

from collections.abc import Mapping
from typing import Any

from tasks.settings import Language

_SEEN_WHOLE = "词从整个语料中发现，所用的词及其次数只取自其余部分"

CHINESE: Mapping[str, str] = {
    "uniform": "见过的每个字与文末一律等概率",
    "char_unigram": "各字按其频率",
    "four_step": "四步法的词，最可能的切分：上界",
    "lexicon": f"词典的词，最可能的切分：上界；{_SEEN_WHOLE}",
    "lexicon_marginal": f"词典的词，全部切分之和；{_SEEN_WHOLE}",
    **{f"kn{order}": f"各字由其前 {order - 1} 字预测：Kneser-Ney" for order in range(2, 7)},
    "gpt2_char": "在语料上逐字训练的 GPT-2",
    "gpt2_word": "在语料上逐词训练的 GPT-2，众多切分中取一：上界",
    "text_vae": "语料句子的 VAE，每个后验抽取数次：上界",
}


def rung_note(rung: Mapping[str, Any], lang: Language) -> str:
    """Return what a rung knows, in a language; in English when there is no translation."""
    return CHINESE.get(rung["rung"], rung["note"]) if lang == "zh" else rung["note"]
