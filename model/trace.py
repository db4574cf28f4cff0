"""A trace: every tensor of one forward pass, by name, in the order computed.

Reading never changes what others read: tensors that were not kept are recomputed by the functions that
the forward pass itself calls, and only a bounded last handful of those is remembered.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.edits import BoundEdit, Edit
from model.errors import TraceError
from model.explain import Explanation, explain
from model.inputs import Inputs
from model.plan import Plan
from model.positional.graph import links
from model.stages import Stage
from model.tape import Tape, record

if TYPE_CHECKING:
    from model.transformer import Transformer

_REMEMBERED = 48 << 20  # bytes of derived tensors kept for the next reader


class Trace(Mapping[str, Tensor]):
    """name -> tensor of one sequence, without a batch axis. Made by `Model.trace` or `Trace.load`.

    Tensors are shared with everybody who reads this trace; copy before writing.
    """

    def __init__(
        self,
        plan: Plan,
        values: dict[str, Tensor],
        network: Transformer | None,
        inputs: Inputs,
        edits: Sequence[Edit] = (),
        bound: dict[str, list[BoundEdit]] | None = None,
        changed: frozenset[str] = frozenset(),
        model: Any = None,
        config: dict[str, Any] | None = None,
        origin: str = "",
        rounded: bool = False,
        pieces: Mapping[int, str] | None = None,
    ):
        self._config = config
        self.plan, self.network, self.inputs = plan, network, inputs
        self.edits, self.changed = tuple(edits), changed
        self.model, self.origin = model, origin  # origin: which weights made a trace that was opened without them
        self.rounded = rounded  # whether it was saved with 16 bits a number, see `save`
        self.pieces = dict(pieces or {})  # what some ids stand for, where it was opened without a tokenizer
        self._values, self._bound = values, bound or {}
        self._derived: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def config(self) -> dict[str, Any]:
        """The model's configuration as plain data."""
        return self.network.config.to_dict() if self.network is not None else self._config or {}

    # ---- what there is -------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """Every name, in the order computed."""
        return [s.name for s in self.plan.stages]

    @property
    def stages(self) -> list[Stage]:
        return [self.stage(s.name) for s in self.plan.stages]

    def stage(self, name: str) -> Stage:
        """The stage of a name. Raises TraceError when there is none."""
        found = self.plan.by_name.get(name)
        if found is None:
            raise TraceError(f"this trace has no stage {name!r}{_hint(name, self.plan)}.")
        if found.same_as is not None and name in self.changed:
            return replace(found, same_as=None)  # an edit set it apart from what it was the same as
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.plan.stages)

    def __contains__(self, name: object) -> bool:
        return name in self.plan.by_name

    @property
    def nbytes(self) -> int:
        """Bytes held, each storage counted once."""
        return sum({v.data_ptr(): v.nbytes for v in self._values.values()}.values())

    @property
    def kept(self) -> frozenset[str]:
        """Names held in memory; the others are recomputed when read."""
        return frozenset(self._values)

    # ---- reading -------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Tensor:
        found = self._values.get(name)
        if found is not None:
            return found
        stage = self.stage(name)
        with self._lock:
            found = self._derived.get(name)
        if found is None:
            made = self._derive(stage)
            found = made[name]
            self._remember(made)
        return found

    def _derive(self, stage: Stage) -> dict[str, Tensor]:
        """The stage and what is computed along with it, by the function the forward pass calls."""
        same = self.plan.by_name[stage.name].same_as
        if same is not None:  # the very tensor, or what an edit of this name made of it
            return {stage.name: Tape(self.plan.names, edits=self._bound).take(stage.name, self[same])}
        if self.network is None:
            raise TraceError(
                f"{stage.name} was not saved but derived from others, which needs the model: "
                f"open with Trace.load(path, model=m), or save with everything=True."
            )
        how = stage.derive
        if how is None:
            raise TraceError(f"{stage.name} is not in this trace and cannot be derived.")
        part = self.network.parts[stage.part]
        words = {"where": self._where(stage)} if how.where else {}
        # Its own tape, so that nothing is added to what another reader is collecting.
        tape = Tape(self.plan.names, self.plan.derivable - self._along(stage), self._bound)
        with torch.no_grad(), record(tape):
            getattr(part, how.method)(*how.extra, *(self[name] for name in how.reads), **words)
        return tape.values

    def _along(self, stage: Stage) -> frozenset[str]:
        """What is worth making along with a stage: all that the same call makes, if it is small enough to remember."""
        assert self.network is not None
        names = self.plan.made_with[stage.name]
        size = sum(self.plan.by_name[n].numel() for n in names) * self.network.dtype.itemsize
        return names if size <= _REMEMBERED else frozenset({stage.name})

    def _where(self, stage: Stage) -> Any:
        assert self.network is not None
        if ".cross_attn." in stage.name:
            return self.network.memory_where(self["encoder.tokens"], self["decoder.tokens"], self.get("encoder.mask"))
        stack = self.network.encoder if stage.name.startswith("encoder.") else self.network.last
        assert stack is not None
        layer = int(stage.name.partition("blocks.")[2].partition(".")[0])
        tokens = self.inputs.tokens if stack.patches is not None else self[f"{stack.prefix}tokens"]
        return stack.where(tokens, self.get(f"{stack.prefix}mask"), layer=layer)

    def _remember(self, made: dict[str, Tensor]) -> None:
        if sum(t.nbytes for t in made.values()) > _REMEMBERED:
            return  # whoever asked holds it; keeping it too would double what a long input takes
        with self._lock:
            for name, tensor in made.items():
                if name not in self._values:
                    self._derived[name] = tensor
                    self._derived.move_to_end(name)
            total = sum(t.nbytes for t in self._derived.values())
            while total > _REMEMBERED and len(self._derived) > len(made):
                total -= self._derived.popitem(last=False)[1].nbytes

    def explain(self, name: str, index: int | tuple[int, ...] = ()) -> Explanation:
        """How the cell at `index` was computed: its terms, where each was read, and the cell worked out again.

        Raises TraceError for an unknown name or an index out of range.
        """
        return explain(self, self.stage(name), index)

    def edits_at(self, name: str) -> list[BoundEdit]:
        """The edits that changed this stage, checked against it."""
        return self._bound.get(name, [])

    def given(self, name: str) -> Tensor:
        """An input stage as the person gave it, before any edit."""
        i = self.inputs
        local = name.rpartition(".")[2]
        if local == "tokens":
            return i.target if name == "decoder.tokens" and i.target is not None else i.tokens
        if name == "decoder.segments":  # beside an encoder, a decoder's segments are all 0
            return torch.zeros_like(self.given("decoder.tokens"))
        if local == "links":
            return links(self.plan.by_name[name].shape[0], None if name == "decoder.links" else i.edges)
        found = {"segments": i.segments, "mask": i.mask, "features": i.features}[local]
        assert found is not None
        return found

    # ---- saving --------------------------------------------------------------------------------------------

    def save(self, path: Any, *, everything: bool = False, narrow: bool = False) -> int:
        """Writes a safetensors file that anyone can open. Returns its size in bytes.

        Each distinct kept tensor is stored once; with `everything`, derived ones too. With `narrow`, float32 numbers
        are rounded to float16, to 11 binary digits, except probabilities and a norm's statistics: about half the size,
        which opens without its model only. Raises TraceError where a number is too large for that.
        """
        from model.trace_file import save

        return save(self, path, everything, narrow)

    def size(self, *, everything: bool = False, narrow: bool = False) -> int:
        """Bytes that `save` would write, without the header."""
        from model.trace_file import narrowed, to_save

        def itemsize(name: str) -> int:
            held = self._values.get(name)  # what is derived is in the model's type, as the embedding is
            held = held if held is not None else next(self[n] for n in self.names if n.endswith("embed"))
            return 2 if narrow and narrowed(self.plan.by_name[name], held.dtype) else held.itemsize

        return sum(self.plan.by_name[n].numel() * itemsize(n) for n in to_save(self, everything))

    @staticmethod
    def load(path: Any, model: Any = None) -> Trace:
        """Opens a saved trace. With `model`, what was not saved is derived and cells can be explained.

        Raises TraceError or CheckpointError when the file is damaged or belongs to another model.
        """
        from model.trace_file import load

        return load(path, model)


def _hint(name: str, plan: Plan) -> str:
    import difflib

    close = difflib.get_close_matches(str(name), list(plan.by_name), n=3)
    return f"; close to it: {', '.join(close)}" if close else ""
