"""Rotary positions: queries and keys turn, pair by pair, by position times frequency (Su et al. 2021, 2104.09864).

Pairs are (x_i, x_{i + d/2}) in "half" (GPT-NeoX, Llama) and (x_{2i}, x_{2i+1}) in "interleaved" (the paper,
GPT-J). Traps: weights trained with one pairing are wrong under the other; values are not turned; with
fraction < 1 only the first dimensions of a head are. Angles are float32, as in Hugging Face, since
checkpoints were trained so; a float64 model uses float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import ConfigError
from model.positional.base import Positional, Tap
from model.positional.rotary_scaling import check, frequencies, stretch
from model.registry import Option, register
from model.rules import Box, Cells, Index, Rule, Term, at, one, source
from model.stages import Stage
from model.tape import Part
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig


@dataclass(frozen=True)
class Rotate(Rule):
    """One cell of a turned vector: x_i cos(angle) ± x_partner sin(angle)."""

    x: str
    encoding: Rotary
    op = "rotate"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.x,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, head, dim = index
        own = source(cells, self.x, index)
        found = self.encoding.partner(dim)
        if found is None:
            return (Term(f"{at(self.x, index)}, not turned", own[2], (own,)),)
        pair, partner, sign = found
        tensor = cells(self.x)
        angles = self.encoding.angles(torch.tensor([position], device=tensor.device), tensor.dtype, len(tensor))
        stretch = self.stretch(position, pair)
        cos, sin = (angles.cos() * stretch)[0, pair].item(), (angles.sin() * stretch)[0, pair].item()
        other = source(cells, self.x, (position, head, partner))
        label = f"pair {pair}, angle {angles[0, pair].item():.6g}" + (f", × {stretch:.6g}" if stretch != 1 else "")
        return (
            Term(f"{at(self.x, index)} × cos = {cos:.6g} ({label})", own[2] * cos, (own,)),
            Term(
                f"{at(self.x, other[1])} × {'−' if sign < 0 else ''}sin = {sign * sin:.6g}",
                sign * other[2] * sin,
                (other,),
            ),
        )

    def stretch(self, position: int, pair: int) -> float:
        """What the turned pair is multiplied by."""
        return self.encoding.stretch

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        found = self.encoding.partner(index[-1])
        dims = (index[-1],) if found is None else tuple(sorted((index[-1], found[1])))
        yield (*one(index[:-1]), dims)


@register
class Rotary(Positional):
    title = "Rotary (RoPE)"
    rotates = True
    OPTIONS = {  # noqa: RUF012
        "rotary_base": Option(10000.0, "frequencies are base^(-2i/d)", low=1.0, high=1e12),
        "rotary_pairing": Option("half", "which two dimensions turn together", choices=("half", "interleaved")),
        "rotary_fraction": Option(1.0, "share of each head's dimensions that is turned", low=0.0, high=1.0),
        "rotary_scaling": Option(None, "how frequencies are stretched for longer contexts: pairs with a 'type'"),
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.d_rot = rotated(config)
        self.pairing = config.option("rotary_pairing")
        self.scaling = config.option("rotary_scaling") if "rotary_scaling" in self.OPTIONS else None
        self.stretch = stretch(self.scaling)

    @classmethod
    def check(cls, config: StackConfig) -> None:
        d_rot = rotated(config)
        if d_rot % 2 or d_rot < 2:
            raise ConfigError(
                f"rotary turns {d_rot} of d_head={config.d_head} dimensions; they turn in pairs, "
                f"so make that an even number, at least 2."
            )
        check(d_rot, config.option("rotary_base"), config.option("rotary_scaling"))

    def partner(self, dim: int) -> tuple[int, int, int] | None:
        """(number of the pair, the other dimension, sign of its sine), or None past the turned ones."""
        if dim >= self.d_rot:
            return None
        if self.pairing == "interleaved":
            return dim // 2, dim ^ 1, -1 if dim % 2 == 0 else 1
        half = self.d_rot // 2
        return dim % half, (dim + half) % self.d_rot, -1 if dim < half else 1

    def angles(self, positions: Tensor, dtype: torch.dtype, length: int = 0) -> Tensor:
        """[position, pair] in radians, for an input of `length` tokens in all."""
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        f = frequencies(self.d_rot, self.config.option("rotary_base"), self.scaling, length)
        return positions.to(wide)[:, None] * f.to(device=positions.device, dtype=wide)

    def rotate_stages(self, part: Part, sizes: dict[str, int], kv_axis: str, reads: tuple[str, str]) -> Iterator[Stage]:
        q, k = reads
        for x, read, title, head in (("q", q, "Rotated queries", "head"), ("k", k, "Rotated keys", kv_axis)):
            yield part.declare(
                sizes, f"rot_{x}", f"position {head} d_head", Rotate(read, self), title,
                rf"\tilde {x}_t = R(t\theta)\, {x}_t",
            )  # fmt: skip

    def rotate(self, q: Tensor, k: Tensor, where: Where, tap: Tap) -> tuple[Tensor, Tensor]:
        turns = where.notes.get("turns")
        if turns is None:  # once a pass; every layer turns by the same angles
            n = len(where.keys)
            turns = self.turns(where.queries, q.dtype, n)
            turns += turns if where.keys is where.queries else self.turns(where.keys, q.dtype, n)
            where.notes["turns"] = turns
        return tap("rot_q", self.turn(q, *turns[:2])), tap("rot_k", self.turn(k, *turns[2:]))

    def lasts(self, before: int, after: int) -> bool:
        if dict(self.scaling or ()).get("type") != "dynamic":
            return True
        base = self.config.option("rotary_base")
        return torch.equal(
            frequencies(self.d_rot, base, self.scaling, before), frequencies(self.d_rot, base, self.scaling, after)
        )

    def turns(self, positions: Tensor, dtype: torch.dtype, length: int) -> tuple[Tensor, ...]:
        """cos and sin, [position, 1, pair]."""
        angles = self.angles(positions, dtype, length)[:, None, :]
        cos, sin = angles.cos(), angles.sin()
        return (cos, sin) if self.stretch == 1 else (cos * self.stretch, sin * self.stretch)

    def turn(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """[position, head, d_head] turned pair by pair, in the angles' precision, rounded once."""
        wide = x.to(cos.dtype)
        d, half = self.d_rot, self.d_rot // 2
        if self.pairing == "interleaved":
            a, b = wide[..., 0:d:2], wide[..., 1:d:2]
        else:
            a, b = wide[..., :half], wide[..., half:d]
        a, b = a * cos - b * sin, b * cos + a * sin
        turned = [torch.stack((a, b), dim=-1).flatten(-2)] if self.pairing == "interleaved" else [a, b]
        rest = [] if d == x.shape[-1] else [wide[..., d:]]
        return torch.cat([*turned, *rest], dim=-1).to(x.dtype)


def rotated(config: StackConfig) -> int:
    """How many dimensions of a head are turned."""
    return int(config.head_size * config.option("rotary_fraction"))
