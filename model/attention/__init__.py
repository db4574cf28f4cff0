"""Attention: to query, key, value; to weights; to output. One file a variant."""
