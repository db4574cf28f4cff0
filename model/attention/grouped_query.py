"""Grouped-query attention: several query heads in a row share one key/value head (Ainslie et al. 2023, 2305.13245)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.attention.multi_head import MultiHead
from model.registry import register

if TYPE_CHECKING:
    from model.config import StackConfig


@register
class GroupedQuery(MultiHead):
    title = "Grouped-query"

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Any n_kv_heads that divides n_heads will do, and the config has checked that."""
