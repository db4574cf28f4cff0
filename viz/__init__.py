"""From a trace to what a page shows: bytes, colours, figures, words, worked formulas, lines of code."""
