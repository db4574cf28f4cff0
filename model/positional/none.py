"""No positional encoding (NoPE; Haviv et al. 2022, 2203.16634).

Trap: a causal mask alone still leaks position, since later tokens see more keys.
"""

from model.positional.base import Positional
from model.registry import register


@register
class NoPositions(Positional):
    title = "None (NoPE)"
