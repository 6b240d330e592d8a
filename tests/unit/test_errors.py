import sys

import pytest

from tasks.errors import InputError, need


class Absent:
    """An import hook that knows of no `absent` but a refusal."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "absent":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_what_is_not_installed_is_named_with_the_extra_that_brings_it(monkeypatch):
    need("lm", "sys", "json", what="GPT-2")
    for module in ("no_such_module", "absent", "blocked"):
        with monkeypatch.context() as patched, pytest.raises(InputError) as refused:
            patched.setitem(sys.modules, "blocked", None)
            patched.setattr(sys, "meta_path", [Absent, *sys.meta_path])
            need("lm", "json", module, "sys", what="GPT-2")
        assert str(refused.value) == f"GPT-2 needs {module}; install it with: pip install 'minlex[lm]'"
