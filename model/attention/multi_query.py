"""Multi-query attention: all query heads share one key and one value head (Shazeer 2019, 1911.02150)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.attention.multi_head import MultiHead
from model.errors import ConfigError
from model.registry import register

if TYPE_CHECKING:
    from model.config import StackConfig


@register
class MultiQuery(MultiHead):
    title = "Multi-query"

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when there is more than one key/value head."""
        if config.kv_heads != 1:
            raise ConfigError(f"attention='multi_query' has n_kv_heads=1, not {config.kv_heads}; choose grouped_query.")
