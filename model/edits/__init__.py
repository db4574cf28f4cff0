"""Edits: what-if questions as plain data, applied at a tap.

Edit("blocks.1.attn.z", "zero", head=2)
Edit("blocks.0.resid_pre", "replace", like=other_trace, position=3)
"""

from __future__ import annotations

from model.edits.bound import BoundEdit, bind
from model.edits.edit import OPS, Edit, listed
from model.edits.mean import mean

__all__ = ["OPS", "BoundEdit", "Edit", "bind", "listed", "mean"]
