"""Networks from scratch: the choices a person can make, read off the registries, and their short form in the link.

`positional=rotary;n_layers=2;rotary_base=500.0` names what differs from the defaults; `encoder.` and `decoder.`
before a word mean one side of an encoder-decoder.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from model import ConfigError, StackConfig, TransformerConfig
from model.config import ARCHITECTURES, PLACEMENTS
from model.registry import Option, variants
from pages.shared.kept import TABLES

# What a person calls these words is in the catalogue, [network]; what variants are called is their own title.
# Seam -> package of the registry
SEAMS = {"positional": "positional", "attention": "attention", "mask": "masks", "norm": "norm", "mlp": "mlp"}
# Word -> (smallest, largest): large enough to explore, small enough to answer at once.
SIZES = {
    "n_layers": (1, 12), "n_heads": (1, 16), "n_kv_heads": (1, 16), "d_model": (4, 256), "d_mlp": (4, 1024),
    "d_vocab": (2, 512), "n_ctx": (2, 256), "n_segments": (0, 4),
}  # fmt: skip
NUMBERS = {"attn_softcap": (0.0, 100.0), "embed_scale": (0.1, 64.0)}
FLAGS = ("attn_bias", "mlp_bias", "parallel", "embed_norm")
WHOLE = ("tied_unembed", "unembed_bias")
DEFAULTS: dict[str, Any] = {
    "architecture": "decoder", "positional": "learned", "attention": "multi_head", "mask": "causal", "norm": "layer",
    "mlp": "gelu", "norm_placement": "pre", "n_layers": 2, "n_heads": 2, "n_kv_heads": 2, "d_model": 16, "d_mlp": 32,
    "d_vocab": 10, "n_ctx": 16, "n_segments": 0, "attn_bias": True, "mlp_bias": True, "parallel": False,
    "embed_norm": False, "attn_softcap": 0.0, "embed_scale": 1.0, "tied_unembed": False, "unembed_bias": False,
}  # fmt: skip
CHOICES = {"architecture": ARCHITECTURES, "norm_placement": PLACEMENTS}


def choices(word: str) -> tuple[str, ...]:
    """The names a word may take."""
    return CHOICES.get(word) or tuple(variants(SEAMS[word]))


def title(word: str, name: Any) -> str:
    """What a person calls a choice: a part by its title; an option's own word or number as it is."""
    return variants(SEAMS[word])[name].title if word in SEAMS else str(name)  # type: ignore[attr-defined]


def options(chosen: dict[str, Any]) -> dict[str, Option]:
    """The chosen parts' own numbers and words, by name; only those a single control can set."""
    return {n: o for n, o in _own(chosen).items() if o.choices or isinstance(o.default, (int, float, str))}


def tables(chosen: dict[str, Any]) -> dict[str, Option]:
    """Those whose value is too long for a link, which has its word in `kept.TABLES`."""
    return {n: o for n, o in _own(chosen).items() if o.table}


def _own(chosen: dict[str, Any]) -> dict[str, Option]:
    found: dict[str, Option] = {}
    for seam, package in SEAMS.items():
        found |= variants(package)[chosen[seam]].OPTIONS  # type: ignore[attr-defined]
    return found


def parse(net: str) -> dict[str, Any]:
    """Every choice, the defaults filled in. Raises ConfigError for a word or value that is not known."""
    chosen = dict(DEFAULTS)
    given = dict(pair.partition("=")[::2] for pair in net.split(";") if pair)
    for word, text in given.items():
        if word in SEAMS or word in CHOICES:
            if text not in choices(word):
                raise ConfigError(f"{word}={text[:40]!r} is unknown; choose one of {', '.join(choices(word))}.")
            chosen[word] = text
    if "mask" not in given:  # a bidirectional stack is what an encoder is
        chosen["mask"] = default_mask(chosen)
    known = options(chosen)
    for word, text in given.items():
        if word in DEFAULTS and word not in SEAMS and word not in CHOICES:
            chosen[word] = _value(word, text, DEFAULTS[word])
        elif word in tables(chosen):
            _table(text)
            chosen[word] = text
        elif word in known:
            chosen[word] = _value(word, text, known[word].default)
        elif word not in chosen:
            raise ConfigError(f"{word[:40]!r} is no choice of these parts; known: {', '.join([*DEFAULTS, *known])}.")
    for word, (low, high) in SIZES.items():
        if not low <= chosen[word] <= high:
            raise ConfigError(f"{word}={chosen[word]} is out of range here; it runs from {low} to {high}.")
    return chosen


def default_mask(chosen: dict[str, Any]) -> str:
    return "bidirectional" if chosen["architecture"] == "encoder" else "causal"


def _value(word: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"True": True, "False": False}[text]
        return unquote(text) if isinstance(default, str) else type(default)(text)
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{word}={text[:40]!r} cannot be read; its default is {default!r}.") from error


def _table(word: str) -> Any:
    found = TABLES.get(word)
    if found is None:
        raise ConfigError("The table of this link is not on this server any more. Paint or upload it again.")
    return found


def write(chosen: dict[str, Any]) -> str:
    """The short form of the choices that differ from the defaults."""
    known = options(chosen)
    usual = (
        {n: o.default for n, o in known.items()}
        | dict.fromkeys(tables(chosen), "")
        | DEFAULTS
        | {"mask": default_mask(chosen)}
    )
    words = [w for w in chosen if w in usual and chosen[w] != usual[w]]
    return ";".join(f"{w}={_plain(chosen[w])}" for w in words)


def _plain(value: Any) -> str:
    """A value without the sign that ends it; text of a person's own may hold that."""
    return str(value).replace("%", "%25").replace(";", "%3B") if isinstance(value, str) else str(value)


def config_of(net: str) -> TransformerConfig:
    """The configuration behind a short form. Raises ConfigError."""
    chosen = parse(net)
    words = {w: chosen[w] for w in (*SEAMS, *SIZES, *FLAGS, "norm_placement", "embed_scale")}
    words["attn_softcap"] = chosen["attn_softcap"] or None
    words["n_kv_heads"] = {"multi_head": chosen["n_heads"], "multi_query": 1}.get(
        chosen["attention"], chosen["n_kv_heads"]
    )
    words["options"] = {n: chosen[n] for n in options(chosen) if n in chosen}
    words["options"] |= {n: _table(chosen[n]) for n in tables(chosen) if chosen.get(n)}
    whole = {w: chosen[w] for w in WHOLE}
    architecture = chosen["architecture"]
    if architecture != "encoder-decoder":
        return TransformerConfig(architecture, **whole, **words)
    # The mask chosen is the decoder's; segments belong to the encoder's input.
    decoder = StackConfig(**words | {"n_segments": 0})
    source = words | {"mask": "bidirectional"}
    source["options"] = {n: v for n, v in words["options"].items() if n != "window"}
    return TransformerConfig(architecture, encoder=StackConfig(**source), decoder=decoder, **whole)


def example_ids(config: TransformerConfig, target: bool = False) -> list[int]:
    """A few ids that fit: the digits of pi, or of e for a target."""
    stack = config.decoder if target else config.encoder or config.decoder
    assert stack is not None
    digits = [2, 7, 1, 8, 2, 8] if target else [3, 1, 4, 1, 5, 9, 2, 6]
    return [d % stack.d_vocab for d in digits[: stack.n_ctx]]
