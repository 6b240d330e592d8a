"""What `minlex segment` prints, the slow and plain way: lines as strings, one at a time; the tests' reference."""

import io

import pyarrow as pa

from tasks.text.segmentation import Segmenter


def cut_lines(segmenter: Segmenter, data: bytes, encoding: str = "utf-8") -> bytes:
    """Return text with the words of each line joined by blanks; UnicodeError when it is not in the encoding."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="\n")
    return "".join(cut_line(segmenter, line) for line in text).encode()


def cut_line(segmenter: Segmenter, line: str) -> str:
    """Return a line cut; white space other than blanks stands as words of its own."""
    body = line.rstrip("\r\n")
    tokens = segmenter.segment(pa.array([body], pa.string()))
    words: list[str] = []
    free_from = 0
    for start, end in zip(tokens.start.tolist(), tokens.end.tolist(), strict=True):
        words += body[free_from:start].replace(" ", "")
        words.append(body[start:end])
        free_from = end
    words += body[free_from:].replace(" ", "")
    return " ".join(words) + line[len(body) :]
