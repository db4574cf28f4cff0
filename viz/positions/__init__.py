"""Positional encodings as numbers and pictures. The numbers come from running the encodings of the registry."""
