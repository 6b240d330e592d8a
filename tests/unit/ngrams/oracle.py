"""The definitions, word for word, in plain Python over plain dictionaries."""

import math
from collections import Counter, defaultdict


def count(sentences, max_order):
    """Return counts, starts and ends of every gram by enumeration."""
    counts, starts, ends = Counter(), Counter(), Counter()
    for sentence in sentences:
        for context in sentence.split():
            for i in range(len(context)):
                for n in range(1, min(max_order, len(context) - i) + 1):
                    gram = context[i : i + n]
                    counts[gram] += 1
                    starts[gram] += i == 0
                    ends[gram] += i + n == len(context)
    return counts, starts, ends


def entropy(extensions, edges, n):
    """Entropy of a gram's neighbour; every edge is a neighbour that never repeats."""
    parts = [*extensions, *[1] * edges]
    assert sum(parts) == n
    return -sum(c / n * math.log(c / n) for c in parts)


def pmi(gram, counts, total):
    return min(
        (math.log(counts[gram] * total / (counts[gram[:i]] * counts[gram[i:]])), gram[:i], gram[i:])
        for i in range(1, len(gram))
    )


def gain(p_ab, p_a, p_b):
    def x_log_1_minus(x, y):
        return x * math.log(1 - y) if x > 0 else 0.0

    return (
        p_ab * math.log(p_ab / (p_a * p_b))
        - x_log_1_minus(1 - p_ab, p_ab)
        + sum(x_log_1_minus(p - p_ab, p_ab / p) for p in (p_a, p_b))
    )


def standardise(values):
    mean = sum(values.values()) / len(values)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values.values()) / len(values))
    return {g: (v - mean) / deviation if deviation > 1e-6 else 0.0 for g, v in values.items()}


def ngrams(sentences, max_order, min_count):
    """Return the ngrams table as a list of dictionaries, in its order."""
    counts, starts, ends = count(sentences, max_order + 1)
    total = sum(c for gram, c in counts.items() if len(gram) == 1)
    left, right = defaultdict(list), defaultdict(list)
    for gram, c in counts.items():
        left[gram[1:]].append(c)
        right[gram[:-1]].append(c)
    grams = [g for g in counts if len(g) <= max_order]
    h_left = {g: entropy(left[g], starts[g], counts[g]) for g in grams}
    h_right = {g: entropy(right[g], ends[g], counts[g]) for g in grams}
    if grams:
        h_left[""] = h_right[""] = entropy([counts[g] for g in grams if len(g) == 1], 0, total)
    autonomy = dict.fromkeys(grams, 0.0)
    for order in range(1, max_order + 1):
        of_order = [g for g in grams if len(g) == order]
        if of_order:
            for side in (
                standardise({g: h_left[g] - h_left[g[1:]] for g in of_order}),
                standardise({g: h_right[g] - h_right[g[:-1]] for g in of_order}),
            ):
                for g, value in side.items():
                    autonomy[g] += value
    rows = []
    for g in sorted(grams, key=lambda g: (len(g), g)):
        if counts[g] < min_count and len(g) > 1:
            continue
        row = {"gram": g, "length": len(g), "count": counts[g], "starts": starts[g], "ends": ends[g]}
        row |= {"pmi": None, "npmi": None, "gain": None, "gain_bound": None}
        if len(g) > 1:
            value, head, tail = pmi(g, counts, total)
            row["pmi"] = value
            row["npmi"] = value / -math.log(counts[g] / total)
            row["gain_bound"] = counts[g] * (value - 1) / math.log(2)
            p = [counts[x] / total for x in (g, head, tail)]
            row["gain"] = total * gain(*p) / math.log(2)
            row["equal_parts"] = head == tail
        row |= {"left_entropy": h_left[g], "right_entropy": h_right[g], "autonomy": autonomy[g]}
        rows.append(row)
    return rows
