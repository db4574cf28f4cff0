"""xPos: rotary positions whose queries grow and keys shrink with the position, so that scores fade with distance
(Sun et al. 2023, 2212.10554; numbers as in torchscale).

Pair i has zeta_i = (2i/d + gamma) / (1 + gamma); a query at m is multiplied by zeta^(m/B), a key at n by zeta^(-n/B):
their product has zeta^((m-n)/B). Traps: the two exponents have opposite signs; keys ahead of the query (a bidirectional
stack) grow without bound. Pairs are interleaved, as in torchscale. torchscale counts m and n from the middle of the
input, to keep the powers in range; here they count from `xpos_centre`, wherever the input ends, so that earlier
tokens do not change when later ones come. The scores are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.positional.base import Tap
from model.positional.rotary import Rotary, Rotate
from model.registry import Option, register
from model.stages import Stage
from model.tape import Part
from model.where import Where


@dataclass(frozen=True)
class Fade(Rotate):
    """A turned pair, times zeta^(± position / B)."""

    encoding: XPos
    sign: int = 1

    def stretch(self, position: int, pair: int) -> float:
        zeta, power = self.encoding.zetas()[pair].item(), self.encoding.power(position)
        return self.encoding.stretch * zeta ** (self.sign * power)


@register
class XPos(Rotary):
    title = "xPos"
    OPTIONS = {  # noqa: RUF012
        **Rotary.OPTIONS,
        "rotary_pairing": replace(Rotary.OPTIONS["rotary_pairing"], default="interleaved"),
        "xpos_gamma": Option(0.4, "larger fades less; without bound it is rotary", low=0.01, high=1e6),
        "xpos_scale_base": Option(512.0, "positions over which a pair fades by its zeta", low=1.0, high=1e9),
        "xpos_centre": Option(0, "the position whose queries and keys keep their length", low=0, high=2**31),
    }

    def zetas(self) -> Tensor:
        """[pair], float64."""
        gamma, pairs = self.config.option("xpos_gamma"), torch.arange(0, self.d_rot, 2, dtype=torch.float64)
        return (pairs / self.d_rot + gamma) / (1 + gamma)

    def power(self, position: float) -> float:
        return (position - self.config.option("xpos_centre")) / self.config.option("xpos_scale_base")

    def fade(self, positions: Tensor, sign: int) -> Tensor:
        """[position, 1, pair] factors of a query (sign 1) or key (sign -1), float64."""
        powers = (positions.double() - self.config.option("xpos_centre")) / self.config.option("xpos_scale_base")
        return self.zetas().to(positions.device) ** (sign * powers[:, None, None])

    def rotate_stages(self, part: Part, sizes: dict[str, int], kv_axis: str, reads: tuple[str, str]) -> Iterator[Stage]:
        for stage, sign in zip(super().rotate_stages(part, sizes, kv_axis, reads), (1, -1), strict=True):
            x, power = ("q", "t/B") if sign == 1 else ("k", "-t/B")
            formula = rf"\tilde {x}_t = \zeta^{{{power}}}\, R(t\theta)\, {x}_t"
            yield replace(stage, rule=Fade(stage.reads[0], self, sign), formula=formula)

    def rotate(self, q: Tensor, k: Tensor, where: Where, tap: Tap) -> tuple[Tensor, Tensor]:
        turns = where.notes.get("turns")
        if turns is None:  # once a pass
            turns = ()
            for positions, sign in ((where.queries, 1), (where.keys, -1)):
                fade = self.fade(positions, sign)
                turns += tuple((t * fade).to(t.dtype) for t in self.turns(positions, q.dtype, len(where.keys)))
            where.notes["turns"] = turns
        return tap("rot_q", self.turn(q, *turns[:2])), tap("rot_k", self.turn(k, *turns[2:]))
