"""The networks on the ladder, and the packages they need."""

from tasks.errors import need


def need_gpt2() -> None:
    """Raise InputError when what a GPT-2 needs is not installed."""
    need("lm", "transformers", "torch", what="GPT-2")


NETWORKS = {
    "none": (),
    "characters": ("gpt2_char",),
    "words": ("gpt2_word",),
    "both": ("gpt2_char", "gpt2_word"),
}
