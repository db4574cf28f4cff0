"""Every error a person can cause. Each message names the value, the limit and the remedy."""


class GlassformerError(Exception):
    """Base of all errors raised on purpose; pages show its text as it is."""


class ConfigError(GlassformerError, ValueError):
    """A configuration no transformer can have."""


class InputError(GlassformerError, ValueError):
    """Text, ids, mask or segments the model cannot read."""


class EditError(GlassformerError, ValueError):
    """An edit that names nothing, or does not fit what it names."""


class CheckpointError(GlassformerError, ValueError):
    """A file or folder that cannot be loaded, or must not be."""


class TraceError(GlassformerError, KeyError):
    """A name or cell a trace does not hold, or holds only with its model."""

    def __str__(self) -> str:  # KeyError would print the repr
        return str(self.args[0]) if self.args else ""
