"""Generation, one token a step, with a KV cache: probabilities after each filter, the step's trace on request.

The filters act in Hugging Face's order: repetition penalty, temperature, top-k, top-p, min-p.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.cache import Cache
from model.errors import InputError

if TYPE_CHECKING:
    from model.model import Model
    from model.trace import Trace


@dataclass(frozen=True, eq=False)
class Step:
    """One generated token.

    id, text  the token and what it stands for ("" without a tokenizer)
    logits    [d_vocab], as the model gave them
    stages    name of a filter -> [d_vocab] probabilities after it; "model" is before any
    probs     [d_vocab], what the token was drawn from
    finished  "stop" at a stop token, "length" at the last step, "context" when the context is full, else ""
    """

    id: int
    text: str
    logits: Tensor
    stages: dict[str, Tensor]
    probs: Tensor
    finished: str
    retrace: Callable[[], Trace] = field(repr=False)

    @cached_property
    def trace(self) -> Trace:
        """The pass that led to this token, in full and without a cache; computed when first asked for."""
        return self.retrace()


@dataclass(frozen=True)
class Sampling:
    """How a token is chosen. temperature 0 takes the likeliest."""

    temperature: float = 0.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("temperature", 0, 100),
            ("top_p", 0, 1),
            ("min_p", 0, 1),
            ("repetition_penalty", 0, 100),
        ):
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if value is not None and not (number and low <= value <= high):
                raise InputError(f"{name}={value!r} is out of range; it runs from {low} to {high}.")
        if self.top_p == 0 or self.repetition_penalty == 0:
            raise InputError("top_p and repetition_penalty must be larger than 0.")
        k = self.top_k
        if k is not None and (isinstance(k, bool) or not isinstance(k, int) or k < 1):
            raise InputError(f"top_k={k!r} must be a whole number, at least 1.")

    def filters(self) -> Iterator[tuple[str, Callable[[Tensor, Tensor], Tensor]]]:
        """(name, function of scores [d_vocab] and the ids so far) for each filter in use, in order."""
        if self.repetition_penalty != 1:
            yield "repetition_penalty", lambda x, ids: penalise(x, ids, self.repetition_penalty)
        if self.temperature not in (0, 1):
            yield "temperature", lambda x, _: x / self.temperature
        if self.top_k is not None:
            k = self.top_k
            yield "top_k", lambda x, _: x.masked_fill(x < x.topk(min(k, len(x))).values[-1], -math.inf)
        if self.top_p is not None and self.top_p < 1:
            p = self.top_p
            yield "top_p", lambda x, _: nucleus(x, p)
        if self.min_p is not None and self.min_p > 0:
            m = self.min_p
            yield "min_p", lambda x, _: at_least(x, m)


def penalise(scores: Tensor, ids: Tensor, penalty: float) -> Tensor:
    """Makes tokens that occurred less likely (Keskar et al. 2019, CTRL, 1909.05858, section 4.1).

    Trap: the paper divides every score, which would make a negative one likelier; it is multiplied, as everybody does.
    """
    out = scores.clone()
    seen = ids.unique()
    out[seen] = torch.where(scores[seen] < 0, scores[seen] * penalty, scores[seen] / penalty)
    return out


def nucleus(scores: Tensor, p: float) -> Tensor:
    """Keeps the likeliest tokens that together reach p (Holtzman et al. 2020, 1904.09751). At least one stays."""
    ordered, order = scores.sort()
    removed = ordered.softmax(-1).cumsum(-1) <= 1 - p
    removed[-1] = False
    return scores.index_fill(0, order[removed], -math.inf)


def at_least(scores: Tensor, p: float) -> Tensor:
    """Keeps the tokens that are at least p times as likely as the likeliest (Nguyen et al. 2024, min-p, 2407.01082)."""
    probs = scores.softmax(-1)
    return scores.masked_fill(probs < p * probs.max(), -math.inf)


def draws_after(seed: int, draws: int, d_vocab: int) -> torch.Generator:
    """The generator of a run with this seed as it stands after so many draws from a vocabulary."""
    generator = torch.Generator().manual_seed(seed)
    even = torch.ones(d_vocab)
    for _ in range(draws):  # a draw takes as many numbers whatever the probabilities are
        torch.multinomial(even, 1, generator=generator)
    return generator


def choose(
    logits: Tensor, ids: Tensor, sampling: Sampling, generator: torch.Generator
) -> tuple[int, dict[str, Tensor]]:
    """The next token and the probabilities after each filter. All in float32."""
    scores = logits.float()
    stages = {"model": scores.softmax(-1)}
    for name, function in sampling.filters():
        scores = function(scores, ids)
        stages[name] = scores.softmax(-1)
    probs = next(reversed(stages.values()))
    if sampling.temperature == 0:
        return int(scores.argmax()), stages
    return int(torch.multinomial(probs.cpu(), 1, generator=generator)), stages


def generate(
    model: Model,
    text: str | None = None,
    *,
    ids: Any = None,
    target: Any = None,
    max_new_tokens: int = 20,
    seed: int = 0,
    stop: Any = None,
    cache: bool = True,
    **sampling: Any,
) -> Iterator[Step]:
    """Yields one step a token. See `Model.generate`."""
    _check_count(max_new_tokens)
    how = _sampling(sampling)
    inputs = model.inputs(text, ids=ids, target=_start(model, target))
    if model.network.decoder is None:
        raise InputError("this model is an encoder: it reads whole texts and cannot continue one.")
    stops = stop_ids(model, stop)
    return _steps(model, inputs.tokens, inputs.target, max_new_tokens, seed, stops, cache, how)


def _steps(
    model: Model, source: Tensor, target: Tensor | None, n: int, seed: int, stops: set[int], cached: bool, how: Sampling
) -> Iterator[Step]:
    generator = torch.Generator().manual_seed(seed)
    n_ctx = model.config.last.n_ctx
    ids = source if target is None else target
    kept = Cache() if cached else None
    for i in range(n):
        logits = _next(model, source, target is not None, ids, kept)
        token, stages = choose(logits, ids, how, generator)
        before, ids = ids, torch.cat((ids, ids.new_tensor([token])))
        done = "stop" if token in stops else "length" if i == n - 1 else "context" if len(ids) > n_ctx else ""
        words = {"ids": before} if target is None else {"ids": source, "target": before}
        yield Step(
            id=token, text="" if model.tokenizer is None else model.tokenizer.pieces([token])[0], logits=logits,
            stages=stages, probs=next(reversed(stages.values())), finished=done,
            retrace=lambda words=words: model.trace(**words),  # type: ignore[misc]
        )  # fmt: skip
        if done:
            return


@torch.no_grad()  # per step: a grad mode must not be held across a yield
def _next(model: Model, source: Tensor, has_target: bool, ids: Tensor, cache: Cache | None) -> Tensor:
    """[d_vocab] logits after the last id."""
    if cache is not None and not model.network.last.lasts(cache.length, len(ids)):
        cache.forget()
    new = ids if cache is None else ids[cache.length :]
    out = model.network(source, new, cache=cache) if has_target else model.network(new, cache=cache)
    return out[-1]


def _check_count(n: Any) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InputError(f"max_new_tokens={n!r} must be a whole number, at least 1.")


def _sampling(words: dict[str, Any]) -> Sampling:
    unknown = sorted(set(words) - set(Sampling.__dataclass_fields__))
    if unknown:
        known = ", ".join(Sampling.__dataclass_fields__)
        raise InputError(f"generate has no word {unknown[0]!r}; it takes {known}.")
    return Sampling(**words)


def _start(model: Model, target: Any) -> Any:
    """The decoder's first ids: as given, else the token the card names."""
    if target is not None or model.config.architecture != "encoder-decoder":
        return target
    start = model.card.get("decoder_start_token_id")
    if start is None:
        raise InputError("this model does not say with which token its decoder starts; give target=[id].")
    return [start]


def stop_ids(model: Model, stop: Any = None) -> set[int]:
    """Stop tokens: as given, else the end-of-text tokens that the card or the tokenizer names."""
    chosen = stop
    if stop is None:
        chosen = model.card.get("eos_token_id")
        chosen = getattr(model.tokenizer, "specials", {}).get("eos") if chosen is None else chosen
    chosen = [] if chosen is None else [chosen] if isinstance(chosen, int) else list(chosen)
    if not all(isinstance(i, int) and not isinstance(i, bool) for i in chosen):
        raise InputError(f"stop={stop!r} must be an id or a list of ids.")
    return set(chosen)
