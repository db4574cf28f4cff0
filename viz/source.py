"""The very lines of `model/` that compute a stage, seen running and not retyped.

A short pass is run under a tape that looks up the stack whenever a tensor is tapped: that names the function, the
line and every line of that call that has run before. From these the statement of the tap is kept, and the ones that
made what it uses; then the small functions that those call. So a branch not taken is never shown.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from weakref import WeakKeyDictionary

from model import Trace, Transformer
from model.tape import Part
from viz.statements import around, calls, first_line, header, inside, loaded, parsed, ran_at, returns_tap, stored
from viz.twin import name_in_twin, network_of, small
from viz.watching import ROOT, Watch, watch_pass


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


@dataclass(frozen=True, eq=False)
class _Seen:
    """A pass that was watched, and what has been read off it."""

    watch: Watch
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
            seen[padded] = _Seen(watch_pass(network, padded))
        here = seen[padded]
    if name not in here.snippets:
        here.snippets[name] = _lines(network, name, here.watch)
    return here.snippets[name]


def _lines(network: Transformer, name: str, watch: Watch) -> list[Snippet]:
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
    found: dict[CodeType, Snippet], snippet: Snippet, part: str | None, network: Transformer, watch: Watch
) -> None:
    """Adds what the kept lines call in turn, unless its result is another stage."""
    owner = network.parts.get(part or "")
    parts = (getattr(owner, name, None) for name in snippet.calls)
    forwards = {type(p).forward.__code__: p.name for p in parts if isinstance(p, Part)}
    for code, ran in watch.called.items():
        wanted = code in forwards or (code.co_name in snippet.calls and code.co_name != "forward")
        if wanted and ran and code not in found and not returns_tap(code, ran):
            found[code] = _cut(code, max(ran), ran, watch.taps)
            _add_called(found, found[code], forwards.get(code, part), network, watch)


def _cut(code: CodeType, line: int, ran: frozenset[int] | set[int], taps: frozenset[str]) -> Snippet:
    """The statement at a line, and those before it in the same call that made what it uses.

    taps: names of functions that tap.
    """
    text, statements, functions = parsed(code.co_filename)
    function = next(f for f in functions if first_line(f) == code.co_firstlineno)
    simple = [s for s in statements if inside(s, function) and not hasattr(s, "body") and ran_at(s, ran | {line})]
    simple.sort(key=lambda s: s.lineno)
    tap = next(s for s in simple if s.lineno <= line <= (s.end_lineno or s.lineno))
    keep, wanted = [tap], loaded(tap)
    followed = [tap]
    for statement in reversed([s for s in simple if s.lineno < tap.lineno]):
        if stored(statement) & wanted:
            keep.append(statement)
            wanted -= stored(statement)
            if not calls(statement) & taps:  # what another stage made is that stage's story
                followed.append(statement)
                wanted |= loaded(statement)
    numbers = {n for s in keep for n in (*range(s.lineno, (s.end_lineno or s.lineno) + 1), *around(s, function, text))}
    numbers |= {n for n in header(function) if not text[n - 1].lstrip().startswith("#")}
    path = Path(code.co_filename).relative_to(ROOT.parent)
    called = frozenset().union(*map(calls, followed))
    return Snippet(str(path), code.co_qualname, tuple((n, text[n - 1]) for n in sorted(numbers)), called)


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
