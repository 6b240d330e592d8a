"""What merging units into one word saves, exactly (J. Su, kexue.fm 5476, eq. 2.11-2.17).

With counts N_i of the units, N_a of the word made of k of them, N tokens in all and p = count / N:

    F_a  = p_a ln(p_a / prod p_i) - [1-(k-1)p_a] ln[1-(k-1)p_a] + sum_i (p_i - p_a) ln(1 - p_a/p_i)    (2.16)
    F*_a = p_a (ln(p_a / prod p_i) - 1)                                                                (2.17)

in nats per token of the corpus before the merge; the bits per character L fall by F_a / l, l the mean token
length before. k = 2 gives (2.11) and (2.15), and F* < F: a positive F* suffices.

A unit that occurs m times in the word loses m N_a occurrences, its term is (p_i - m p_a) ln(1 - m p_a/p_i):
with that, words such as 哈哈 or 来来往往 are exact too, if N_a counts occurrences that do not overlap.
"""

import numpy as np

LN2 = float(np.log(2.0))


def pair_gain(pair: np.ndarray, left: np.ndarray, right: np.ndarray, total: float) -> np.ndarray:
    """Return F_ab (2.11) of merging two different units, nats per token, from counts [n]; float64[n]."""
    parts = np.stack(np.broadcast_arrays(left, right), axis=-1).reshape(-1)
    counts = np.broadcast_to(pair, (len(parts) // 2,))
    offsets = np.arange(0, len(parts) + 1, 2)
    return word_gain(counts, parts, offsets, total)


def sufficient_pair_gain(pair: np.ndarray, left: np.ndarray, right: np.ndarray, total: float) -> np.ndarray:
    """Return F*_ab (2.15), nats per token: a lower bound of F_ab; counts [n], float64[n]."""
    p = np.asarray(pair, np.float64) / total
    return p * (np.log(p * total / left * total / right) - 1)


def word_gain(
    word: np.ndarray,
    parts: np.ndarray,
    offsets: np.ndarray,
    total: float,
    multiplicity: np.ndarray | None = None,
) -> np.ndarray:
    """Return F_a (2.16), nats per token: word counts [n], distinct parts' counts flat with offsets [n + 1].

    `multiplicity` says how often each part occurs in its word (default once). ValueError when a part occurs
    less often than its word needs it.
    """
    p_word, p_part, times, owner = _shares(word, parts, offsets, total, multiplicity)
    rest = p_part - times * p_word[owner]
    if np.any(rest < -1e-12 * p_part):
        worst = int(np.argmin(rest))
        raise ValueError(
            f"a part must occur at least as often as its word uses it, got {np.asarray(parts)[worst]} parts "
            f"for {np.asarray(word)[owner[worst]]} words with {int(times[worst])} each"
        )
    rest = np.maximum(rest, 0.0)
    left_over = rest * np.log(np.where(rest > 0, rest / p_part, 1.0))
    k = np.bincount(owner, times, len(p_word))
    shorter = 1 - (k - 1) * p_word
    pmi = np.log(p_word) - np.bincount(owner, times * np.log(p_part), len(p_word))
    return p_word * pmi - shorter * np.log(shorter) + np.bincount(owner, left_over, len(p_word))


def sufficient_word_gain(
    word: np.ndarray,
    parts: np.ndarray,
    offsets: np.ndarray,
    total: float,
    multiplicity: np.ndarray | None = None,
) -> np.ndarray:
    """Return F*_a (2.17), nats per token; arguments as for `word_gain`, float64[n]."""
    p_word, p_part, times, owner = _shares(word, parts, offsets, total, multiplicity)
    return p_word * (np.log(p_word) - np.bincount(owner, times * np.log(p_part), len(p_word)) - 1)


def gain_of_kept(
    word: np.ndarray, parts: np.ndarray, offsets: np.ndarray, total: float, multiplicity: np.ndarray
) -> np.ndarray:
    """Return the bits a corpus of `total` tokens saves by each word it already uses `word` times; float64[n].

    The merge is seen from the corpus in which the word is still spelled by its parts: parts and tokens gain
    what the word would give back. 0 for a word that is not used.
    """
    used = np.asarray(word, np.float64)
    owner = np.repeat(np.arange(len(used)), np.diff(offsets))
    k = np.bincount(owner, multiplicity, len(used))
    before = total + (k - 1) * used
    spelled = np.asarray(parts, np.float64) + multiplicity * used[owner]
    gain = np.zeros(len(used))
    live = used > 0
    if live.any():
        inside = live[owner]
        index = np.concatenate([[0], np.cumsum(np.diff(offsets)[live])])
        scale = before[live]
        share = word_gain(used[live] / scale, spelled[inside] / before[owner[inside]], index, 1.0,
                          multiplicity[inside])  # fmt: skip
        gain[live] = share * scale / LN2
    return gain


def _shares(
    word: np.ndarray, parts: np.ndarray, offsets: np.ndarray, total: float, multiplicity: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    p_word = np.asarray(word, np.float64) / total
    p_part = np.asarray(parts, np.float64) / total
    times = np.ones(len(p_part)) if multiplicity is None else np.asarray(multiplicity, np.float64)
    owner = np.repeat(np.arange(len(p_word)), np.diff(offsets))
    return p_word, p_part, times, owner
