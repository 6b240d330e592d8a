import pytest

import minlex
from minlex.settings import mine_settings
from tasks.errors import InputError
from tests import tiny_corpus


def test_report_is_found_in_its_own_language_and_in_the_one_asked_for(home):
    tiny_corpus.publish(home, "tiny", tiny_corpus.rows(), report="reports/tiny/r1/index.html")
    folder = home / "reports" / "tiny" / "r1"
    folder.mkdir(parents=True)
    (folder / "zh.html").touch()
    assert minlex.open("tiny", str(home)).report() == folder / "index.html"
    assert minlex.open("tiny", str(home)).report("zh") == folder / "zh.html"
    assert minlex.open("tiny", str(home)).report("en") == folder / "index.html", (
        "the language of a corpus by default"
    )
    (folder / "zh.html").unlink()
    with pytest.raises(InputError, match=r"not there in 'zh' .*; mine it again"):
        minlex.open("tiny", str(home)).report("zh")


def test_language_is_one_of_those_spoken():
    assert mine_settings(None).report.lang == "en"
    assert mine_settings(None, report={"lang": "zh"}).report.lang == "zh"
    with pytest.raises(InputError, match="lang"):
        mine_settings(None, report={"lang": "fr"})
