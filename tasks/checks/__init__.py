"""Contracts, expectations and identities that every table must keep."""
