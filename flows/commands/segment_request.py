"""What `minlex segment` can be asked for: with what to cut, and what to print besides the words."""

from dataclasses import dataclass
from typing import Literal

from tasks.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Request:
    """What of a cut is asked for; InputError for what does not go together."""

    model: Literal["trained", "lexicon", "crf"] | None = None
    json: bool = False
    probabilities: bool = False
    nbest: int | None = None
    sample: bool = False
    seed: int = 0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Check what was asked for."""
        asked = {"--probabilities": self.probabilities, "--nbest": self.nbest, "--sample": self.sample}
        names = [name for name, value in asked.items() if value]
        if len(names) > 1:
            raise InputError(f"output must be one of {', '.join(asked)}; got {' and '.join(names)}")
        if self.needs_lexicon and self.model not in (None, "lexicon"):
            raise InputError(f"--nbest and --sample must go with --model lexicon; got {self.model}")
        if not 0.01 <= self.temperature <= 100:
            raise InputError(f"--temperature must be 0.01 to 100; got {self.temperature:g}")

    @property
    def described(self) -> bool:
        """Whether a line of JSON is printed for each line of text."""
        return self.json or self.probabilities or self.nbest is not None

    @property
    def segmenter(self) -> Literal["trained", "lexicon", "crf"] | None:
        """What to cut with; None for the best there is."""
        return "lexicon" if self.needs_lexicon else self.model

    @property
    def needs_lexicon(self) -> bool:
        """Whether only the unigram model of the lexicon can answer."""
        return self.sample or self.nbest is not None


PLAIN = Request()
