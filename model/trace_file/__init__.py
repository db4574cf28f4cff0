"""Traces as safetensors files: tensors by name, everything else as JSON in the metadata."""

from __future__ import annotations

from model.trace_file.reading import load
from model.trace_file.writing import FORMAT, LIKELIEST, narrowed, save, to_save

__all__ = ["FORMAT", "LIKELIEST", "load", "narrowed", "save", "to_save"]
