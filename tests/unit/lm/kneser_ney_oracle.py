"""Modified Kneser-Ney from its definition: strings, sets and dictionaries, one conditional probability at a time."""

from collections import Counter, defaultdict

BEGIN, END = "<", ">"


class KneserNeyOracle:
    def __init__(self, texts, order):
        self.order = order
        padded = [(BEGIN, *text, END) for text in texts]
        self.vocabulary = [*sorted({s for text in texts for s in text}), END]
        self.counts = {}
        for k in range(1, order + 1):
            occurrences = Counter(
                text[i : i + k]
                for text in padded
                for i in range(len(text) - k + 1)
                if text[i : i + k] != (BEGIN,)
            )
            before = defaultdict(set)
            for text in padded:
                for i in range(1, len(text) - k + 1):
                    before[text[i : i + k]].add(text[i - 1])
            raw = {g: c for g, c in occurrences.items() if k == order or g[0] == BEGIN}
            self.counts[k] = {g: raw.get(g) or len(before[g]) for g in occurrences}
        self.discounts = {k: self._discounts(counts.values()) for k, counts in self.counts.items()}

    @staticmethod
    def _discounts(counts):
        n = Counter(counts)
        if not all(n[r] for r in (1, 2, 3, 4)):
            return (0.5, 1.0, 1.5)
        y = n[1] / (n[1] + 2 * n[2])
        found = tuple(r - (r + 1) * y * n[r + 1] / n[r] for r in (1, 2, 3))
        return found if all(0 <= d <= r for d, r in zip(found, (1, 2, 3), strict=True)) else (0.5, 1.0, 1.5)

    def probability(self, symbol, context):
        return self._at(symbol, tuple(context)[-(self.order - 1) :] if self.order > 1 else ())

    def _at(self, symbol, context):
        k = len(context) + 1
        shorter = self._at(symbol, context[1:]) if context else 1 / len(self.vocabulary)
        following = {g[-1]: c for g, c in self.counts[k].items() if g[:-1] == context}
        total = sum(following.values())
        if not total:
            return shorter
        discount = self.discounts[k]
        left = sum(discount[min(c, 3) - 1] for c in following.values()) / total
        own = following.get(symbol, 0)
        return (own - discount[min(own, 3) - 1] if own else 0) / total + left * shorter
