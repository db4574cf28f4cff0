"""Statements of a source file: which of them ran, what they use, what they set, what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType


@cache
def parsed(file: str) -> tuple[list[str], list[ast.stmt], list[ast.FunctionDef]]:
    text = Path(file).read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    return text.splitlines(), [n for n in nodes if isinstance(n, ast.stmt)], functions


def header(s: ast.stmt) -> range:
    """Lines of `def ...:` or `if ...:` before the body."""
    return range(s.lineno, max(s.lineno + 1, s.body[0].lineno))  # type: ignore[attr-defined]


def around(s: ast.stmt, function: ast.FunctionDef, text: list[str]) -> Iterator[int]:
    """Lines of the `if` and `else` that a statement stands under."""
    for outer in ast.walk(function):
        if isinstance(outer, (ast.If, ast.For, ast.With)) and inside(s, outer):
            yield from header(outer)
            other = getattr(outer, "orelse", [])
            if other and s.lineno >= other[0].lineno:
                yield from (n for n in range(outer.body[-1].lineno, other[0].lineno) if text[n - 1].strip() == "else:")


def returns_tap(code: CodeType, ran: set[int]) -> bool:
    """Whether what a function gave back was a tapped tensor."""
    _, statements, _ = parsed(code.co_filename)
    return any(isinstance(s, ast.Return) and ran_at(s, ran) and calls(s) & {"tap", "side"} for s in statements)


def calls(s: ast.stmt) -> frozenset[str]:
    """Names of the functions and methods that a statement calls."""
    made = (n.func for n in ast.walk(s) if isinstance(n, ast.Call))
    return frozenset(getattr(f, "attr", getattr(f, "id", "")) for f in made)


def first_line(f: ast.FunctionDef) -> int:
    return min([f.lineno, *(d.lineno for d in f.decorator_list)])


def inside(s: ast.stmt, outer: ast.stmt) -> bool:
    return s is not outer and outer.lineno <= s.lineno <= (outer.end_lineno or outer.lineno)


def ran_at(s: ast.stmt, ran: frozenset[int] | set[int]) -> bool:
    return any(n in ran for n in range(s.lineno, (s.end_lineno or s.lineno) + 1))


def loaded(s: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - {"self"}


def stored(s: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
