"""A small corpus that the tests write themselves: sentences drawn from a vocabulary, reproducible by seed."""

import random

WORDS = (  # noqa: SIM905
    "中国 人民 经济 发展 社会 主义 改革 开放 科学 技术 北京 上海 学生 老师 学习 工作 问题 研究 国家 政府 "
    "的 了 在 是 和 有 我们 他们 这个 今天 明天 世界 和平 音乐 电影 报纸 新闻 记者"
).split()
ENDS = "。！？"


def lines(count: int, seed: int) -> list[str]:
    """Return `count` lines of two sentences each."""
    draw = random.Random(seed)
    return ["".join(_sentence(draw) for _ in range(2)) for _ in range(count)]


def _sentence(draw: random.Random) -> str:
    return "".join(draw.choices(WORDS, k=draw.randint(4, 12))) + draw.choice(ENDS)
