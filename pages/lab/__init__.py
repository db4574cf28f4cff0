"""Sections of the page of positional encodings."""
