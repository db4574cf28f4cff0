"""Weights by our names, as people read them: inputs before outputs, one axis for heads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.errors import TraceError

if TYPE_CHECKING:
    from model.tape import Part
    from model.transformer import Transformer


class ReadOnly(torch.Tensor):
    """A view of a weight that refuses to be written: many people share one model. Results are plain tensors."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: tuple = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        first = args[0] if args else None
        writes = name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))
        if (isinstance(first, ReadOnly) and writes) or isinstance((kwargs or {}).get("out"), ReadOnly):
            # not a TypeError: torch would take that for "not implemented", and += would make a copy in silence
            raise RuntimeError(
                "weights are read-only: many people share one model. Work on a copy: weights[name].clone()"
            )
        with torch._C.DisableTorchFunctionSubclass():
            out = func(*args, **(kwargs or {}))
            return _locked(out, first) if isinstance(first, ReadOnly) else out


def _locked(out: Any, of: Tensor) -> Any:
    """What a function returned, read-only where it shares memory with the weight: a slice is no way around the lock."""
    if isinstance(out, Tensor):
        shared = out.untyped_storage().data_ptr() == of.untyped_storage().data_ptr()
        return out.as_subclass(ReadOnly) if shared else out
    if isinstance(out, (tuple, list)) and type(out) in (tuple, list):  # split, chunk, unbind
        return type(out)(_locked(o, of) for o in out)
    if isinstance(out, Iterator):
        return (_locked(o, of) for o in out)
    if hasattr(out, "setflags"):  # a numpy view
        out.setflags(write=False)
    return out


class Weights(Mapping[str, Tensor]):
    """name -> view. Iterating gives each trained tensor once; aliases of shared ones and constants
    (``blocks.0.attn.scale``) are found by name.
    """

    def __init__(self, network: Transformer, aliases: dict[str, tuple[str, bool]]):
        self.aliases = aliases
        self._owners: dict[str, Part] = {}
        self._constants: dict[str, Part] = {}
        for part in network.every_part():
            self._owners |= {
                part.prefix + local: part for local, _, _ in part.shown() if part.prefix + local not in aliases
            }
            self._constants |= {part.prefix + local: part for local in part.constants()}

    def __getitem__(self, name: str) -> Tensor:
        return self.raw(name).as_subclass(ReadOnly)

    def raw(self, name: str) -> Tensor:
        """The view as a plain tensor, for readers inside this package.

        Asked of the part each time: `network.to(...)` moves the storage, and a remembered view would stay behind.
        """
        if name in self._constants:
            part = self._constants[name]
            return part.constants()[name.removeprefix(part.prefix)]
        return self._find(name)[1]

    def canonical(self, name: str) -> str:
        """The name that a shared weight is kept under; any other name is its own."""
        return self.aliases.get(name, (name, False))[0]

    def axes(self, name: str) -> tuple[str, ...]:
        """Names of the axes of a weight or a constant."""
        if name in self._constants:
            part = self._constants[name]
            return part.constant_axes(name.removeprefix(part.prefix))
        return self._find(name)[0]

    def _find(self, name: str) -> tuple[tuple[str, ...], Tensor]:
        canonical, transposed = self.aliases.get(name, (name, False))
        part = self._owners.get(canonical)
        if part is None:
            raise TraceError(f"no weight is called {name!r}; this model has {', '.join(list(self._owners)[:6])}, ...")
        axes, view = next((a, v) for local, a, v in part.shown() if part.prefix + local == canonical)
        return (axes[::-1], view.detach().t()) if transposed else (axes, view.detach())

    @property
    def constants(self) -> tuple[str, ...]:
        return tuple(self._constants)

    def __iter__(self) -> Iterator[str]:
        return iter(self._owners)

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, name: object) -> bool:
        return name in self._owners or name in self.aliases or name in self._constants
