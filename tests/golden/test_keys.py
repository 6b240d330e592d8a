"""Homes that older code mined stay valid: the same files and settings have the keys that they had then.

keys.json holds them as they were before the modules were moved and renamed (November 2026). A stage whose version
has risen since makes its tables anew, and so does every stage after it; the others must find what is there.
"""

import json
import random
from pathlib import Path

import minlex

WORDS = ["中国", "经济", "发展", "科学", "技术", "北京", "首都", "人民", "工作", "企业", "市场"]
WORDS += ["的", "在", "是", "和", "了"]
KEYS = json.loads(Path(__file__).with_name("keys.json").read_text(encoding="utf-8"))


def write_text(file: Path) -> None:
    draw = random.Random(5)
    lines = ["".join(draw.choices(WORDS, k=draw.randint(4, 14))) + "。" for _ in range(300)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_stages_find_what_older_code_made(tmp_path: Path) -> None:
    write_text(tmp_path / "text.txt")
    minlex.mine(tmp_path / "text.txt", "gold", home=tmp_path / "home")
    now: dict[str, list[dict]] = {}
    for manifest in (tmp_path / "home" / "lake" / "gold").glob("*/run=*/_manifest.json"):
        made = json.loads(manifest.read_text(encoding="utf-8"))
        now.setdefault(made["table"], []).append(made)
    raised = {
        then["table"]
        for then in KEYS
        if any(made["origin"]["version"] != then["version"] for made in now[then["table"]])
    }
    while after := {
        then["table"] for then in KEYS if raised & set(then["inputs"]) and then["table"] not in raised
    }:
        raised |= after
    same = [then for then in KEYS if then["table"] not in raised]
    assert {"ngram_shards", "ngrams", "samples"} <= {then["table"] for then in same} or raised & {"sentences"}
    for then in same:
        assert then["key"] in {made["key"] for made in now[then["table"]]}, then["table"]
