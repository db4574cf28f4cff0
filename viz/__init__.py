"""From a trace to what a page shows: bytes, colours, words, worked formulas, lines of code."""
