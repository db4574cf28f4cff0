"""Every sentence that is worded in code and that a person may read on a page, found by reading the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What only a notebook or a terminal sees.
ELSEWHERE = (
    "model/train/",
    "model/edits/edit.py",
    "model/edits/values.py",
    "model/trace_file/",
    "model/readers.py",
)
RAISED = ("InputError", "ConfigError", "CheckpointError", "EditError", "TraceError", "GlassformerError", "RefusedError")


def template(node: ast.expr, constants: dict[str, str]) -> str | None:
    """A text with its holes numbered from 1: `f"{name} is empty"` is "{1} is empty". None for what is no text."""
    holes = 0

    def written(n: ast.expr) -> str | None:
        nonlocal holes
        if isinstance(n, ast.Constant):
            return n.value if isinstance(n.value, str) else None
        if isinstance(n, ast.Name) and n.id in constants:
            return constants[n.id]
        if isinstance(n, ast.JoinedStr):
            out = ""
            for value in n.values:
                if isinstance(value, ast.FormattedValue):
                    holes += 1
                    out += f"{{{holes}}}"
                else:
                    out += written(value) or ""
            return out
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add):
            left, right = written(n.left), written(n.right)
            return None if left is None or right is None else left + right
        return None

    return written(node)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module, dict[str, str]]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")) if (ROOT / folder).is_dir() else [ROOT / folder]:
            name = str(path.relative_to(ROOT))
            if not name.startswith(ELSEWHERE) and "node_modules" not in name:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                own = {
                    t.id: n.value.value
                    for n in tree.body
                    if isinstance(n, ast.Assign)
                    and isinstance(n.value, ast.Constant)
                    and isinstance(n.value.value, str)
                    for t in n.targets
                    if isinstance(t, ast.Name)
                }
                yield name, tree, own


def raised(*folders: str) -> Iterator[tuple[str, str]]:
    """(file, sentence) of every error that is made for a person."""
    for name, tree, constants in modules(*folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISED:
                for argument in node.args[:2]:
                    if (text := template(argument, constants)) is not None:
                        yield name, text
                    elif not isinstance(argument, ast.Constant):
                        yield name, f"?? {ast.unparse(argument)}"


def labels(*folders: str) -> Iterator[tuple[str, str]]:
    """(file, label) of every term."""
    for name, tree, constants in modules(*folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Term":
                text = template(node.args[0], constants)
                yield name, text if text is not None else f"?? {ast.unparse(node.args[0])}"
