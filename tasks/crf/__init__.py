"""The supervised segmenter: a linear-chain conditional random field over the tags of characters."""
