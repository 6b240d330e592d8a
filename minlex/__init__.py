"""Words, segmenters, topics and language models out of raw text, by making the text cheaper to remember.

    import minlex

    corpus = minlex.mine(["news/"], "news")
    corpus.lexicon.head()
    corpus.segmenter().lcut("中外科学名著")

Nothing heavy is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minlex import errors
    from minlex.corpus import Corpus, corpora, drop, open
    from minlex.mining import mine
    from minlex.segmenter import Segmenter, load

_PLACES = {
    "Corpus": "minlex.corpus",
    "Segmenter": "minlex.segmenter",
    "corpora": "minlex.corpus",
    "drop": "minlex.corpus",
    "load": "minlex.segmenter",
    "mine": "minlex.mining",
    "open": "minlex.corpus",
}

__all__ = ["Corpus", "Segmenter", "corpora", "drop", "errors", "load", "mine", "open"]


def __getattr__(name: str) -> Any:
    """Import what is asked for; AttributeError for a name that is not there."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name == "errors":
        return import_module("minlex.errors")
    if name == "__version__":
        from importlib.metadata import version

        return version("minlex")
    raise AttributeError(f"module 'minlex' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
