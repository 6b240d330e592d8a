"""Expectation-maximisation: one loop, and the models of hidden variables whose posterior is exact."""
