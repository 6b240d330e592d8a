"""Bytes to text: detect the encoding, decode, count damage."""
