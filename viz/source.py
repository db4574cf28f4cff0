"""The very lines of `model/` that compute a stage, seen running and not retyped.

A short pass is run under a tape that looks up the stack whenever a tensor is tapped: that names the function, the
line and every line of that call that has run before. From these the statement of the tap is kept, and the ones that
made what it uses; then the small functions that those call. So a branch not taken is never shown.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

import torch

import model as package
from model import Trace, Transformer
from model.tape import Part, Tape, record
from viz.twin import name_in_twin, network_of, small

ROOT = Path(package.__file__).parent
_MACHINERY = {str(ROOT / "tape.py")}


@dataclass(frozen=True)
class Snippet:
    """Lines of one function. `path` is relative to the repository; `lines` are (number, text)."""

    path: str
    function: str
    lines: tuple[tuple[int, str], ...]
    calls: frozenset[str] = frozenset()  # names of what these lines call

    @property
    def code(self) -> str:
        texts = [text for _, text in self.lines]
        indent = min(len(t) - len(t.lstrip()) for t in texts)
        return "\n".join(t[indent:] for t in texts)

    @property
    def numbers(self) -> str:
        """Line numbers, runs joined: "12, 15–17"."""
        runs: list[list[int]] = []
        for n, _ in self.lines:
            if runs and runs[-1][-1] == n - 1:
                runs[-1].append(n)
            else:
                runs.append([n])
        return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


@dataclass(frozen=True)
class _Call:
    """A function call on the stack of a tap: its code, the line it is at, the lines that have run so far."""

    code: CodeType
    line: int
    ran: frozenset[int]
    part: str | None  # name of the part whose method it is


class _Watch(Tape):
    """A tape that notes, for each name, the calls that led to its tap, innermost first."""

    def __init__(self, names: frozenset[str]):
        super().__init__(names)
        self.plain = False  # every tap comes through `take`
        self.calls: dict[str, tuple[_Call, ...]] = {}
        self.called: dict[CodeType, set[int]] = {}  # every function of model/ that ran, and its lines
        self.taps: frozenset[str] = frozenset()
        self._ran: dict[int, set[int]] = {}  # id of a live frame -> its lines

    def take(self, name: str, x: torch.Tensor) -> torch.Tensor:
        self.calls[name] = tuple(self._stack())
        return super().take(name, x)

    def _stack(self) -> Iterator[_Call]:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(str(ROOT)) and file not in _MACHINERY:
                part = getattr(frame.f_locals.get("self"), "name", None)
                yield _Call(frame.f_code, frame.f_lineno, frozenset(self._ran.get(id(frame), ())), part)
            frame = frame.f_back

    def finish(self) -> None:
        """Notes the functions whose result is a stage: what they do is that stage's story, and no other's."""
        inside = {c.code for calls in self.calls.values() for c in calls}
        self.taps = frozenset({"tap", "side"}) | {c.co_name for c in inside if _returns_tap(c, self.called[c])}

    def trace_calls(self, frame: FrameType, event: str, _: Any) -> Callable | None:
        """For sys.settrace: follows the functions of model/ and no others."""
        file = frame.f_code.co_filename
        if not file.startswith(str(ROOT)) or file in _MACHINERY:
            return None
        self._ran[id(frame)] = lines = set()
        self.called.setdefault(frame.f_code, set())

        def trace_lines(inner: FrameType, what: str, __: Any) -> Callable:
            if what == "line":
                lines.add(inner.f_lineno)
                self.called[inner.f_code].add(inner.f_lineno)
            return trace_lines

        return trace_lines


@dataclass(frozen=True, eq=False)
class _Seen:
    """A pass that was watched, and what has been read off it."""

    watch: _Watch
    snippets: dict[str, list[Snippet]] = field(default_factory=dict)


_KNOWN: WeakKeyDictionary[Transformer, dict[bool, _Seen]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def lines_of(trace: Trace, name: str) -> list[Snippet]:
    """The code that computes a stage, the tap first, then what it calls. The trace's weights need not be there."""
    config = network_of(trace).config
    return lines(small(config), name_in_twin(trace.stage(name).name, config), trace.inputs.mask is not None)


def lines(network: Transformer, name: str, padded: bool = False) -> list[Snippet]:
    """The same for a stage of a network; remembered as long as the network lives."""
    with _LOCK:
        seen = _KNOWN.setdefault(network, {})
        if padded not in seen:
            seen[padded] = _Seen(_watch(network, padded))
        here = seen[padded]
    if name not in here.snippets:
        here.snippets[name] = _lines(network, name, here.watch)
    return here.snippets[name]


def _lines(network: Transformer, name: str, watch: _Watch) -> list[Snippet]:
    found: dict[CodeType, Snippet] = {}
    for depth, call in enumerate(watch.calls[name]):
        snippet = _cut(call.code, call.line, call.ran, watch.taps)
        if depth and not _names_it(snippet, name):
            break  # callers matter only while they still say which tensor it is
        found[call.code] = snippet
        _add_called(found, snippet, call.part, network, watch)
        if _quotes(snippet, name):
            break
    return list(found.values())


def _add_called(
    found: dict[CodeType, Snippet], snippet: Snippet, part: str | None, network: Transformer, watch: _Watch
) -> None:
    """Adds what the kept lines call in turn, unless its result is another stage."""
    owner = network.parts.get(part or "")
    parts = (getattr(owner, name, None) for name in snippet.calls)
    forwards = {type(p).forward.__code__: p.name for p in parts if isinstance(p, Part)}
    for code, ran in watch.called.items():
        wanted = code in forwards or (code.co_name in snippet.calls and code.co_name != "forward")
        if wanted and ran and code not in found and not _returns_tap(code, ran):
            found[code] = _cut(code, max(ran), ran, watch.taps)
            _add_called(found, found[code], forwards.get(code, part), network, watch)


def _watch(network: Transformer, padded: bool) -> _Watch:
    """Runs the shortest pass that taps everything."""
    sides = [s for s in (network.config.encoder, network.config.decoder) if s is not None]
    n = min(2, *(s.n_ctx for s in sides), 2)
    ids = torch.zeros(n, dtype=torch.int64, device=network.last.W_E.device)
    two = network.config.architecture == "encoder-decoder"
    mask = torch.tensor([1, 0][:n], device=ids.device) if padded else None
    tape = _Watch(network.plan((n, n) if two else (n,), padded).names)
    before = sys.gettrace()
    try:
        with torch.no_grad(), record(tape):
            sys.settrace(tape.trace_calls)
            network(ids, ids if two else None, None, mask)
    finally:
        sys.settrace(before)
    tape.finish()
    return tape


@cache
def _statements(file: str) -> tuple[list[str], list[ast.stmt], list[ast.FunctionDef]]:
    text = Path(file).read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    return text.splitlines(), [n for n in nodes if isinstance(n, ast.stmt)], functions


def _cut(code: CodeType, line: int, ran: frozenset[int] | set[int], taps: frozenset[str]) -> Snippet:
    """The statement at a line, and those before it in the same call that made what it uses.

    taps: names of functions that tap.
    """
    text, statements, functions = _statements(code.co_filename)
    function = next(f for f in functions if _first(f) == code.co_firstlineno)
    simple = [s for s in statements if _inside(s, function) and not hasattr(s, "body") and _ran(s, ran | {line})]
    simple.sort(key=lambda s: s.lineno)
    tap = next(s for s in simple if s.lineno <= line <= (s.end_lineno or s.lineno))
    keep, wanted = [tap], _loaded(tap)
    followed = [tap]
    for statement in reversed([s for s in simple if s.lineno < tap.lineno]):
        if _stored(statement) & wanted:
            keep.append(statement)
            wanted -= _stored(statement)
            if not _calls(statement) & taps:  # what another stage made is that stage's story
                followed.append(statement)
                wanted |= _loaded(statement)
    numbers = {n for s in keep for n in (*range(s.lineno, (s.end_lineno or s.lineno) + 1), *_around(s, function, text))}
    numbers |= {n for n in _header(function) if not text[n - 1].lstrip().startswith("#")}
    path = Path(code.co_filename).relative_to(ROOT.parent)
    called = frozenset().union(*map(_calls, followed))
    return Snippet(str(path), code.co_qualname, tuple((n, text[n - 1]) for n in sorted(numbers)), called)


def _header(s: ast.stmt) -> range:
    """Lines of `def ...:` or `if ...:` before the body."""
    return range(s.lineno, max(s.lineno + 1, s.body[0].lineno))  # type: ignore[attr-defined]


def _around(s: ast.stmt, function: ast.FunctionDef, text: list[str]) -> Iterator[int]:
    """Lines of the `if` and `else` that a statement stands under."""
    for outer in ast.walk(function):
        if isinstance(outer, (ast.If, ast.For, ast.With)) and _inside(s, outer):
            yield from _header(outer)
            other = getattr(outer, "orelse", [])
            if other and s.lineno >= other[0].lineno:
                yield from (n for n in range(outer.body[-1].lineno, other[0].lineno) if text[n - 1].strip() == "else:")


def _returns_tap(code: CodeType, ran: set[int]) -> bool:
    """Whether what a function gave back was a tapped tensor."""
    _, statements, _ = _statements(code.co_filename)
    return any(isinstance(s, ast.Return) and _ran(s, ran) and _calls(s) & {"tap", "side"} for s in statements)


def _calls(s: ast.stmt) -> frozenset[str]:
    """Names of the functions and methods that a statement calls."""
    made = (n.func for n in ast.walk(s) if isinstance(n, ast.Call))
    return frozenset(getattr(f, "attr", getattr(f, "id", "")) for f in made)


def _first(f: ast.FunctionDef) -> int:
    return min([f.lineno, *(d.lineno for d in f.decorator_list)])


def _inside(s: ast.stmt, outer: ast.stmt) -> bool:
    return s is not outer and outer.lineno <= s.lineno <= (outer.end_lineno or outer.lineno)


def _ran(s: ast.stmt, ran: frozenset[int] | set[int]) -> bool:
    return any(n in ran for n in range(s.lineno, (s.end_lineno or s.lineno) + 1))


def _loaded(s: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - {"self"}


def _stored(s: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _quotes(snippet: Snippet, name: str) -> bool:
    """Whether the snippet spells the stage's own word in quotes."""
    return f'"{name.rpartition(".")[2]}"' in snippet.code


def _names_it(snippet: Snippet, name: str) -> bool:
    words = (
        name.rpartition(".")[2].replace("_out", ""),
        name.rpartition(".")[2],
        name.split(".")[-2] if "." in name else "",
    )
    return any(f'"{w}"' in snippet.code for w in words if w)
