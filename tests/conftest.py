import pytest

from tasks.store.datasets import Store
from tasks.store.runs import Run
from tests import tiny_corpus


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def store(home):
    return Store(home)


@pytest.fixture
def run(home):
    return Run(run_id="r1", corpus="tiny", home=str(home))


@pytest.fixture
def published_home(home):
    """A home where the tiny corpus is published."""
    tiny_corpus.publish(home, "tiny", tiny_corpus.rows())
    return home
