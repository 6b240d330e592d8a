"""A scikit-learn transformer: `fit` mines texts, `transform` segments them."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from minlex.mining import mine
from tasks.errors import need

need("sklearn", "sklearn", what="minlex.sklearn")
from sklearn.base import BaseEstimator, TransformerMixin  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402


class Segment(TransformerMixin, BaseEstimator):
    """Learn words from texts and write texts as their words, separated by spaces.

    `CountVectorizer(token_pattern=r"\\S+")` and its kin read what `transform` returns. `kind` is that of
    `Corpus.segmenter`, `settings` are those of `minlex.mine`. The segmenter learnt is `segmenter_`.
    """

    def __init__(self, kind: str | None = None, settings: Mapping[str, Any] | None = None) -> None:
        self.kind, self.settings = kind, settings

    def fit(self, X: Iterable[str], y: Any = None) -> "Segment":  # noqa: N803
        """Mine the texts; InputError for what is no text."""
        with tempfile.TemporaryDirectory(prefix="minlex-") as folder:
            file = Path(folder) / "texts.txt"
            file.write_text("".join(" ".join(text.split()) + "\n" for text in X), encoding="utf-8")
            corpus = mine(file, "texts", home=Path(folder) / "home", settings=self.settings)
            self.segmenter_ = corpus.segmenter(self.kind)  # type: ignore[arg-type]
        return self

    def transform(self, X: Iterable[str]) -> list[str]:  # noqa: N803
        """Return each text as its words, separated by spaces."""
        check_is_fitted(self, "segmenter_")
        return [" ".join(words) for words in self.segmenter_.cut_many(list(X)).to_pylist()]
