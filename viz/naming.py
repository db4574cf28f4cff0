"""Names of tensors as texts write them, made full: as seen from the stage that a text is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from model import Stage, Trace
from viz.markup import Paragraph
from viz.prose import Catalogue

MOST_NAMED = 4  # tensors in a list; the rest are counted


def resolver(trace: Trace, stage: Stage) -> Callable[[str], str | None]:
    """Gives the full name of a tensor, or None where this trace has none such.

    "self" is the stage, "@0" the first tensor that it reads, "@mask" the one it reads that is so called; a weight must
    be one that the stage reads; any other name is looked for in the stage's own part first, then further out.
    """

    def resolve(name: str) -> str | None:
        if name == "self":
            return stage.name
        if name.startswith("@"):
            wanted = name[1:]
            if wanted.isdigit():
                return stage.reads[int(wanted)] if int(wanted) < len(stage.reads) else None
            return next((r for r in stage.reads if r.rpartition(".")[2] == wanted), None)
        outer = stage.name
        while outer:
            outer = outer.rpartition(".")[0]
            full = f"{outer}.{name}" if outer else name
            if full in trace:
                return full
        return next((w for w in stage.weights if w.rpartition(".")[2] == name), None)

    return resolve


def listed(names: Iterable[str], trace: Trace, said: Catalogue) -> Paragraph:
    """Tensors by their titles, each a link: "A, B and C"; a long list ends with how many more there are."""
    every = list(names)
    shown = every if len(every) <= MOST_NAMED + 1 else every[:MOST_NAMED]
    titles = [said.text("words", "title", title=said.title(trace.stage(n))) for n in shown]
    items: list[Paragraph] = [[{"t": t, "ref": n}] for t, n in zip(titles, shown, strict=True)]
    if len(shown) < len(every):
        items.append([{"t": said.text("words", "more", n=len(every) - len(shown))}])
    out: Paragraph = []
    for i, item in enumerate(items):
        between = "" if i == 0 else said.text("words", "and" if i == len(items) - 1 else "comma")
        out += [{"t": between}, *item] if between else item
    return out
