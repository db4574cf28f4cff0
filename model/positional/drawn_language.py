"""The language of drawn formulas: numbers, names of places, operators and functions, read by a grammar of its own.

Nothing in a formula is ever run as Python: lark makes a tree of it, and only what the grammar knows can be in the tree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from torch import Tensor

from model.errors import ConfigError
from model.positional.drawn_functions import FUNCTIONS, OPERATORS

LONGEST = 500  # characters
DEEPEST = 40  # nodes inside one another
NAMES = {
    "distance": "query − key",
    "query": "the place of the query, from 0",
    "key": "the place of the key, from 0",
    "head": "the number of the head, from 0",
    "heads": "how many heads there are",
    "n_ctx": "the longest input of the network",
}
CONSTANTS = {"pi": math.pi, "e": math.e}

_GRAMMAR = r"""
    ?start: either
    ?either: both | either "or" both
    ?both: negated | both "and" negated
    ?negated: compared | "not" negated -> not_
    ?compared: sum | sum COMPARISON sum -> binary
    ?sum: product (SIGN product)+ -> chain | product
    ?product: factor (TIMES factor)+ -> chain | factor
    ?factor: power | SIGN factor -> signed
    ?power: atom | atom POWER factor -> binary
    ?atom: NUMBER -> number | NAME -> name | NAME "(" either ("," either)* ")" -> call | "(" either ")"
    COMPARISON: "<=" | ">=" | "==" | "!=" | "<" | ">" | "≤" | "≥" | "≠"
    SIGN: "+" | "-" | "−"
    TIMES: "*" | "/" | "%" | "×" | "·" | "÷"
    POWER: "**" | "^"
    NUMBER: /([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/
    NAME: /[A-Za-z_][A-Za-z0-9_]*/
    %ignore /[ \t\r\n]+/
"""
_PLAIN = {"−": "-", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "**": "^"}


@dataclass(frozen=True)
class Node:
    """op: "number", "name", "sum", "product", a function or an operator.

    In a sum or product, `signs` has what stands before each argument: + or -, and *, / or %.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: float = 0.0
    name: str = ""
    signs: tuple[str, ...] = ()
    depth: int = 1


def node(op: str, *args: Node, **words: Any) -> Node:
    depth = 1 + max((a.depth for a in args), default=0)
    if depth > DEEPEST:
        raise ConfigError(f"the formula has more than {DEEPEST} steps inside one another; split or shorten it.")
    return Node(op, args, depth=depth, **words)


class _Build(Transformer):
    """Nodes from what the grammar found, from the inside out."""

    def number(self, found: list[Token]) -> Node:
        value = float(found[0])
        if math.isinf(value):
            raise ConfigError(f"the number {_place(found[0])} is too large to compute with.")
        return node("number", value=value)

    def name(self, found: list[Token]) -> Node:
        word = str(found[0])
        if word in FUNCTIONS:
            raise ConfigError(f"{word!r} {_place(found[0])} is a function: write {word}(...).")
        if word not in NAMES and word not in CONSTANTS:
            raise ConfigError(
                f"{_short(str(word))!r} {_place(found[0])} is unknown; "
                f"there are {', '.join((*NAMES, *CONSTANTS))}, and functions such as abs(...)."
            )
        return node("name", name=word)

    def call(self, found: list[Any]) -> Node:
        word, *args = found
        if word not in FUNCTIONS:
            raise ConfigError(f"{_short(str(word))!r} {_place(word)} is no function; there are {', '.join(FUNCTIONS)}.")
        few, most = FUNCTIONS[word].few, FUNCTIONS[word].most
        if not few <= len(args) <= most:
            wanted = "1 number" if most == 1 else f"{few} numbers" if few == most else f"{few} to {most} numbers"
            raise ConfigError(f"{word} {_place(word)} takes {wanted}, not {len(args)}.")
        return node(str(word), *args)

    def chain(self, found: list[Any]) -> Node:
        signs = tuple(_plain(t) for t in found[1::2])
        adds = signs[0] in "+-"
        return node("sum" if adds else "product", *found[::2], signs=("+" if adds else "*", *signs))

    def signed(self, found: list[Any]) -> Node:
        return found[1] if _plain(found[0]) == "+" else node("neg", found[1])

    def binary(self, found: list[Any]) -> Node:
        return node(_plain(found[1]), found[0], found[2])

    def either(self, found: list[Node]) -> Node:
        return node("or", *found)

    def both(self, found: list[Node]) -> Node:
        return node("and", *found)

    def not_(self, found: list[Node]) -> Node:
        return node("not", *found)


_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_Build(), maybe_placeholders=False)


@lru_cache(maxsize=64)
def parse(text: str) -> Node:
    """The tree of a formula. Raises ConfigError that names the place and what was expected there."""
    if not isinstance(text, str):
        raise ConfigError(f"the formula must be text, not {type(text).__name__}.")
    if len(text) > LONGEST:
        raise ConfigError(f"the formula has {len(text):,} characters; at most {LONGEST} are read.")
    if not text.strip():
        raise ConfigError("the formula is empty; write one, such as -abs(distance) / 4.")
    try:
        found: Any = _PARSER.parse(text)
    except UnexpectedInput as error:
        raise ConfigError(_why(text, error)) from error
    assert isinstance(found, Node)
    return found


def _why(text: str, error: UnexpectedInput) -> str:
    """A syntax error in words."""
    if isinstance(error, UnexpectedCharacters):
        char = text[error.pos_in_stream]  # type: ignore[index]
        shown = repr(char) if char.isprintable() else f"U+{ord(char):04X}"
        hint = {"=": " To compare, write ==.", "|": " For a size, write abs(...)."}.get(char, "")
        return f"{shown} at character {(error.pos_in_stream or 0) + 1} means nothing in a formula.{hint}"
    assert isinstance(error, UnexpectedToken)
    wanted = _wanted(error.accepts or error.expected)
    if error.token.type == "$END":
        return f"the formula ends too early: expected {wanted} at the end."
    return f"{_short(str(error.token))!r} {_place(error.token)} is out of place: expected {wanted}."


def _wanted(accepted: set[str]) -> str:
    if "NUMBER" in accepted:
        return "a number, a name, a function or ("
    words = [word for token, word in (("RPAR", ")"), ("COMMA", "a comma")) if token in accepted]
    if accepted & {"SIGN", "TIMES", "POWER"}:
        words.append("an operator such as + or *")
    words += ["the end of the formula"] if "$END" in accepted else []
    words += ["("] if "LPAR" in accepted and not words else []
    return " or ".join(words)


def _place(token: Token) -> str:
    return f"at character {(token.start_pos or 0) + 1}"


def _plain(token: Token) -> str:
    return _PLAIN.get(str(token), str(token))


def _short(word: str) -> str:
    return word if len(word) <= 24 else word[:24] + "…"


def over_tensors(tree: Node, names: dict[str, Tensor]) -> Tensor:
    """The formula at every place at once, in double precision; `names` broadcast against each other."""
    like = next(iter(names.values()))

    def constant(x: float) -> Tensor:
        return torch.tensor(x, dtype=torch.float64, device=like.device)

    return _value(tree, names | {n: constant(x) for n, x in CONSTANTS.items()}, constant, "tensor")


def at_one(tree: Node, names: dict[str, float]) -> float:
    """The formula at one place; nan or infinite where it has no value."""
    with np.errstate(all="ignore"):
        known = {n: np.float64(x) for n, x in (names | CONSTANTS).items()}
        return float(_value(tree, known, np.float64, "number"))


def _value(tree: Node, names: dict[str, Any], constant: Any, way: str) -> Any:
    if tree.op == "number":
        return constant(tree.value)
    if tree.op == "name":
        return names[tree.name]
    args = [_value(a, names, constant, way) for a in tree.args]
    if tree.signs:
        found = args[0]
        for sign, arg in zip(tree.signs[1:], args[1:], strict=True):
            found = getattr(OPERATORS[sign], way)(found, arg)
        return found
    function = OPERATORS.get(tree.op) or FUNCTIONS[tree.op]
    return getattr(function, way)(*args)
