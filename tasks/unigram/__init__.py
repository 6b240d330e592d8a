"""The unigram lexicon as a model: segmentation, EM, the alternatives of a cut."""
