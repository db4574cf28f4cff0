"""Drawn formulas written out again: in plain letters, with names or with their numbers, and as LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.positional.drawn_language import Node

# How tightly an operator binds; what is looser than its place allows stands in brackets.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(9)
_LEVEL = {
    "or": _OR, "and": _AND, "not": _NOT, "sum": _SUM, "product": _PRODUCT, "neg": _SIGN, "^": _POWER,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARE),
}  # fmt: skip
LETTERS = {"distance": "d", "query": "q", "key": "k", "head": "h", "heads": "H", "n_ctx": "n_{ctx}", "pi": r"\pi"}
_COMPARISONS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne", "==": "="}
_NAMED = {"exp", "log", "ln", "sin", "cos", "tan", "tanh", "min", "max"}


def written(tree: Node, values: Mapping[str, float] | None = None) -> str:
    """The formula in the language it was typed in; with `values`, these numbers in the place of its names."""
    if tree.op == "number":
        return f"{tree.value:.6g}"
    if tree.op == "name":
        return f"{values[tree.name]:.6g}" if values and tree.name in values else tree.name

    def part(arg: Node, least: int) -> str:
        text = written(arg, values)
        level = _LEVEL.get(arg.op, _ATOM)
        level = min(level, _SIGN) if text.startswith("-") else level  # a number below 0
        return text if level >= least else f"({text})"

    if tree.signs:
        least = _PRODUCT if tree.op == "sum" else _SIGN
        items = [f" {s} {part(a, least)}" for s, a in zip(tree.signs, tree.args, strict=True)]
        return items[0][3:] + "".join(items[1:])
    return _operator(tree, part) or f"{tree.op}({', '.join(written(a, values) for a in tree.args)})"


def _operator(tree: Node, part: Callable[[Node, int], str]) -> str:
    level = _LEVEL.get(tree.op)
    if level is None:
        return ""
    if tree.op == "neg":
        return f"-{part(tree.args[0], _SIGN)}"
    if tree.op == "not":
        return f"not {part(tree.args[0], _NOT)}"
    if tree.op == "^":
        return f"{part(tree.args[0], _ATOM)}^{part(tree.args[1], _SIGN)}"
    left = level if tree.op in ("and", "or") else level + 1
    return f"{part(tree.args[0], left)} {tree.op} {part(tree.args[1], level + 1)}"


def latex(tree: Node) -> str:
    """The formula as it is set in print; made of the tree alone, so nothing typed reaches the browser as markup."""
    if tree.op == "number":
        return f"{tree.value:.6g}".replace("e", r"\mathrm{e}")
    if tree.op == "name":
        return LETTERS.get(tree.name, tree.name)
    args = [latex(a) for a in tree.args]

    def part(i: int, least: int) -> str:
        return args[i] if _LEVEL.get(tree.args[i].op, _ATOM) >= least else rf"\left({args[i]}\right)"

    if tree.op == "sum":
        return part(0, _PRODUCT) + "".join(f" {s} {part(i, _PRODUCT)}" for i, s in enumerate(tree.signs) if i)
    if tree.op == "product":
        found = part(0, _SIGN)
        for i, sign in list(enumerate(tree.signs))[1:]:
            over = rf"\frac{{{args[0] if i == 1 else found}}}{{{args[i]}}}"
            found = over if sign == "/" else found + {"*": r" \cdot ", "%": r" \bmod "}[sign] + part(i, _SIGN)
        return found
    if tree.op == "neg":
        return f"-{part(0, _SIGN)}"
    if tree.op == "^":
        return f"{part(0, _ATOM)}^{{{args[1]}}}"
    around = {"abs": ("|", "|"), "floor": (r"\lfloor ", r" \rfloor"), "ceil": (r"\lceil ", r" \rceil")}
    if tree.op in around:
        return rf"\left{around[tree.op][0]}{args[0]}\right{around[tree.op][1].strip()}"
    if tree.op == "sqrt":
        return rf"\sqrt{{{args[0]}}}"
    if tree.op in ("where", "if"):
        condition, first, second = args
        return rf"\begin{{cases}} {first} & {condition} \\ {second} & \text{{otherwise}} \end{{cases}}"
    if tree.op == "not":
        return rf"\neg {part(0, _NOT)}"
    if tree.op in _LEVEL:
        word = {"and": r"\wedge", "or": r"\vee"}.get(tree.op, _COMPARISONS.get(tree.op, tree.op))
        return rf"{part(0, _LEVEL[tree.op])} {word} {part(1, _LEVEL[tree.op] + 1)}"
    name = rf"\{tree.op}" if tree.op in _NAMED else rf"\operatorname{{{tree.op}}}"
    return rf"{name}\left({', '.join(args)}\right)"
