"""The home on disk: datasets and runs of each corpus, trained models, the catalog that SQL reads."""
