"""No rule of its own: every token sees every real token.

Padding is not chosen in a config but comes with an input (`trace(..., mask=)`), on top of any rule. This
name says that nothing else hides a key, which is what cross-attention does with its memory.
"""

from model.masks.bidirectional import Bidirectional
from model.registry import register


@register
class Padding(Bidirectional):
    title = "Padding only"
