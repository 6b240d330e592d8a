"""A tokenizer for spaCy: `[nlp.tokenizer] @tokenizers = "minlex"` and the folder of a saved segmenter."""

from collections.abc import Callable
from typing import Any

from minlex.segmenter import Segmenter, load


class Tokenizer:
    """Segments a text into spaCy's Doc, white space kept as it is."""

    def __init__(self, vocab: Any, segmenter: Segmenter) -> None:
        self.vocab, self.segmenter = vocab, segmenter

    def __call__(self, text: str) -> Any:
        """Return the Doc of a text."""
        from spacy.tokens import Doc

        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for token in self.segmenter.tokenize(text):
            self._add_blanks(text[at : token.start], words, spaces)
            words.append(token.word)
            spaces.append(False)
            at = token.end
        self._add_blanks(text[at:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    def _add_blanks(self, blanks: str, words: list[str], spaces: list[bool]) -> None:
        """Add what stands between two words: one blank belongs to the word before, more are a token."""
        if blanks.startswith(" ") and words:
            spaces[-1] = True
            blanks = blanks[1:]
        if blanks:
            words.append(blanks)
            spaces.append(False)


def create(path: str) -> Callable[[Any], Tokenizer]:
    """Return what spaCy calls with the pipeline; InputError where `path` holds no segmenter."""
    segmenter = load(path)
    return lambda nlp: Tokenizer(nlp.vocab, segmenter)
