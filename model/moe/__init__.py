"""Mixtures of experts: which experts read a token, and how their answers are added up. One file a router."""
