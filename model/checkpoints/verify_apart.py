"""The parity check in a process of its own, which can be stopped at once and takes the second copy of the model along.

`python -m model.checkpoints.verify_apart` reads one JSON object from its input: what `verify_apart` was given.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from model.checkpoints import process
from model.checkpoints.cache import Progress, silent
from model.checkpoints.verify import Difference, verify
from model.errors import CheckpointError, GlassformerError


def verify_apart(
    source: str,
    text: str | None = None,
    *,
    ids: list[int] | None = None,
    target: str | list[int] | None = None,
    features: list[Any] | None = None,
    progress: Progress = silent,
) -> list[Difference]:
    """As `verify`, for a model by the name or path that `load` takes. What `progress` raises stops it within a second.

    Raises GlassformerError with the message that `verify` has.
    """
    progress(0.0, "starting")

    def tick(said: str) -> None:
        steps = [json.loads(line) for line in said.split("\n")[:-1] if line]
        told = [step for step in steps if "words" in step]
        progress(*((told[-1]["fraction"], told[-1]["words"]) if told else (0.0, "starting")))

    given = json.dumps({"source": source, "text": text, "ids": ids, "target": target, "features": features})
    code, said, errors = process.run([sys.executable, "-m", "model.checkpoints.verify_apart"], tick, given=given)
    last = json.loads(said.strip().split("\n")[-1]) if code == 0 else {}
    if "error" in last:
        raise GlassformerError(last["error"])
    if "found" not in last:
        reason = (errors.strip().splitlines() or [f"it ended with {code}"])[-1]
        raise CheckpointError(f"the check could not be run: {reason[:300]}")
    return [Difference(**one) for one in last["found"]]


def _say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    from model.checkpoints import load

    given = json.load(sys.stdin)
    try:
        _say(fraction=0.05, words="opening the model")
        m = load(given["source"])
        found = verify(
            m, given["text"], ids=given["ids"], target=given["target"], features=given["features"],
            progress=lambda fraction, words: _say(fraction=0.1 + 0.9 * fraction, words=words),
        )  # fmt: skip
    except GlassformerError as error:
        _say(error=str(error))
    else:
        _say(found=[vars(one) for one in found])


if __name__ == "__main__":
    main()
