"""The readers' property tests, led by coverage: `python -m tests.fuzz NAME [-max_total_time=60]`, or `make fuzz`.

Bytes that reach new lines of the readers are kept and changed further (libFuzzer, through atheris and Hypothesis); the
rest of the command line is libFuzzer's. It ends with the failing input when a reader crashes or leaves a file behind.
"""

import sys

import atheris
from hypothesis import given
from hypothesis import strategies as st

READERS = ["tasks.corpus", "tasks.evaluation", "tasks.lexicon.user_words", "tasks.lm.tensor_bundle"]

with atheris.instrument_imports(include=READERS):
    from tests.property import test_corpus_properties as corpora
    from tests.property import test_other_readers as others

CONTENT = st.binary(max_size=4000)
FORMS = st.sampled_from([None, "tagged", "spaced", "conll", "bmes"])
TARGETS = {
    "corpora": given(suffix=st.sampled_from(corpora.SUFFIXES), content=CONTENT)(
        corpora.test_any_bytes_under_any_suffix.hypothesis.inner_test
    ),
    "gold": given(form=FORMS, content=CONTENT)(others.test_gold.hypothesis.inner_test),
    "dictionaries": given(content=CONTENT)(others.test_dictionaries.hypothesis.inner_test),
}


def main() -> None:
    """Fuzz one kind of file until a failure or until libFuzzer's limits end it."""
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        raise SystemExit(f"NAME must be one of {', '.join(TARGETS)}; got {name!r}")
    target = corpora.FUZZ(TARGETS[name]).hypothesis.fuzz_one_input
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
