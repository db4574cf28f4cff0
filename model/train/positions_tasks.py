"""What the encodings are compared on: four tasks that cannot be done without knowing what stands where.

All share a vocabulary of 32, are made on the fly, and are known in full to whoever has the seed. Every answer is
determined by what came before it, so that accuracy 1 is within reach.

    offset    random tokens; say the one that came three back
    copy      n letters, a bar, and the letters once more
    reverse   n letters, a bar, and the letters from the last to the first
    latest    pairs of a key and a value; a key is either written, with any value, or read, with the value it was
              written with last

Traps: in `copy` and `reverse` only what follows the bar counts, since nobody can guess the letters. In `latest` a
written value is not guessable either and does not count. A model that looks up a key without minding the order is
right in part of the cases: `unordered` says how often, and stands beside chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

VOCABULARY = 32
IGNORED = -100  # an answer that does not count, as torch's cross_entropy has it
BACK = 3  # of `offset`
BAR = 30  # of `copy` and `reverse`; the letters are 0..29
KEYS, VALUES = 8, 16  # of `latest`: tokens 0..7 write a key, 8..15 read it, 16..31 are values
LONGEST_COPY = 16


class Batch(NamedTuple):
    """tokens, answers: [row, position]; the answer at a position is what the model should say there, or IGNORED."""

    tokens: Tensor
    answers: Tensor


@dataclass(frozen=True)
class Task:
    """A task.

    trained   the largest size in training; sizes are tokens, or letters in `copy` and `reverse`
    tested    sizes it is measured at, the first one being `trained`
    steps     of training
    chance    accuracy of blind guesses among the answers that occur
    make      (rows, size, generator) -> Batch
    """

    name: str
    title: str
    what: str
    unit: str
    trained: int
    tested: tuple[int, ...]
    steps: int
    chance: float
    make: Callable[[int, int, Generator], Batch]
    draws_size: bool = False

    def batch(self, rows: int, generator: Generator) -> Batch:
        """One batch of training. All rows of a batch have one size: padding would tell positions apart."""
        return self.make(rows, self.size(generator) if self.draws_size else self.trained, generator)

    def size(self, generator: Generator) -> int:
        """From 1 to `trained`, long ones more often: they have more to be learned."""
        return 1 + int(self.trained * torch.rand(1, generator=generator).sqrt())

    def length(self, size: int) -> int:
        """Tokens of a row."""
        return 2 * size if self.unit == "letters" else size


def offset(rows: int, size: int, generator: Generator) -> Batch:
    tokens = torch.randint(VOCABULARY, (rows, size), generator=generator)
    answers = torch.full_like(tokens, IGNORED)
    answers[:, BACK:] = tokens[:, :-BACK]
    return Batch(tokens, answers)


def copy(rows: int, size: int, generator: Generator) -> Batch:
    letters = torch.randint(BAR, (rows, size), generator=generator)
    return _say(letters, letters)


def reverse(rows: int, size: int, generator: Generator) -> Batch:
    letters = torch.randint(BAR, (rows, size), generator=generator)
    return _say(letters, letters.flip(-1))


def _say(letters: Tensor, out: Tensor) -> Batch:
    """Letters, bar, and all of `out` but its last letter, which only is an answer."""
    bar = torch.full_like(letters[:, :1], BAR)
    silent = torch.full_like(letters, IGNORED)
    return Batch(torch.cat((letters, bar, out[:, :-1]), dim=-1), torch.cat((silent, out), dim=-1))


def latest(rows: int, size: int, generator: Generator) -> Batch:
    pairs = size // 2
    keys = torch.randint(KEYS, (rows, pairs), generator=generator)
    drawn = torch.randint(VALUES, (rows, pairs), generator=generator)
    coin = torch.rand(rows, pairs, generator=generator) < 0.5
    is_key = F.one_hot(keys, KEYS).bool()
    first = (is_key & (is_key.cumsum(1) == 1)).any(-1)  # a key is written before it is read
    written = coin | first
    place = torch.arange(pairs)[None, :, None]
    last = torch.where(is_key & written[..., None], place, -1).cummax(1).values  # [row, pair, key]
    values = 2 * KEYS + drawn.gather(1, last.gather(-1, keys[..., None])[..., 0])
    tokens = torch.stack((torch.where(written, keys, KEYS + keys), values), dim=-1).flatten(1)
    answers = torch.full_like(tokens, IGNORED)
    answers[:, 0::2] = torch.where(written, IGNORED, values)
    return Batch(tokens, answers)


def distances(tokens: Tensor) -> Tensor:
    """Of `latest`: [row, position] tokens between a key that is read and where it was written last, else -1."""
    keys = tokens[:, 0::2]
    pairs = keys.shape[1]
    place = torch.arange(pairs)[None, :, None]
    wrote = F.one_hot(keys, VOCABULARY)[..., :KEYS].bool()
    last = torch.where(wrote, place, -1).cummax(1).values.gather(-1, (keys % KEYS)[..., None])[..., 0]
    back = torch.where(keys >= KEYS, 2 * (place[..., 0] - last), -1)
    return torch.stack((back, torch.full_like(back, -1)), dim=-1).flatten(1)


def unordered(batch: Batch) -> float:
    """Of `latest`: accuracy of saying the value seen most often with the key, whatever the order."""
    keys, values = batch.tokens[:, 0::2] % KEYS, batch.tokens[:, 1::2] - 2 * KEYS
    seen = F.one_hot(keys * VALUES + values, KEYS * VALUES).cumsum(1)
    before = torch.cat((torch.zeros_like(seen[:, :1]), seen[:, :-1]), dim=1).unflatten(-1, (KEYS, VALUES))
    guess = before.gather(2, keys[..., None, None].expand(-1, -1, 1, VALUES))[:, :, 0].argmax(-1)
    counts = batch.answers[:, 0::2] != IGNORED
    return (guess == values)[counts].float().mean().item()


TASKS = {
    task.name: task
    for task in (
        Task(
            "offset", "Three back", "Random tokens; at each one, say the token that came three before.", "tokens",
            32, (32, 64, 128, 256), 600, 1 / VOCABULARY, offset,
        ),
        Task(
            "copy", "Copy", "A row of letters, a bar, then the same row once more.", "letters",
            LONGEST_COPY, (16, 20, 32, 64), 1500, 1 / BAR, copy, draws_size=True,
        ),
        Task(
            "latest", "Latest value of a key", "Keys are written with a value again and again; when one is read, "
            "say the value it was written with last.", "tokens",
            32, (32, 64, 128, 256), 2000, 1 / VALUES, latest,
        ),
        Task(
            "reverse", "Reverse", "A row of letters, a bar, then the row from its end to its start.", "letters",
            LONGEST_COPY, (16, 20, 32, 64), 1500, 1 / BAR, reverse, draws_size=True,
        ),
    )
}  # fmt: skip
