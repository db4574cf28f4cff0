"""Running another program while somebody waits: its end is looked for five times a second, and it can be stopped."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any, TypeVar

_PAUSE = 0.2  # seconds
T = TypeVar("T")


def run(
    command: list[str], tick: Callable[[str], None], *, given: str = "", env: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """(exit code, what it wrote, what it wrote as errors) of a command.

    tick    called with what it has written so far; whatever it raises stops the command and passes on
    given   its standard input
    """
    with tempfile.TemporaryFile() as entry, _file() as out, _file() as errors:
        entry.write(given.encode())
        entry.seek(0)
        with subprocess.Popen(command, env=env, stdin=entry, stdout=out, stderr=errors) as process:  # noqa: S603
            try:
                while (code := _ended(process)) is None:
                    tick(_text(out))
            finally:
                if process.poll() is None:  # an exception, such as Ctrl-C, passes by here
                    process.kill()
        return code, _text(out), _text(errors)


def call(function: Callable[[], T], tick: Callable[[], None]) -> T:
    """What a function returns that may wait for a network but writes nothing.

    Whatever `tick` raises passes on at once, and the function is left to end by itself.
    """
    found: dict[str, Any] = {}

    def work() -> None:
        try:
            found["value"] = function()
        except BaseException as error:  # raised again below, in the thread that waits
            found["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_PAUSE)
        tick()
    if "error" in found:
        raise found["error"]
    value: T = found["value"]
    return value


def _ended(process: subprocess.Popen) -> int | None:
    try:
        return process.wait(timeout=_PAUSE)
    except subprocess.TimeoutExpired:
        return None


def _file() -> IO[bytes]:
    """For what a command writes: at the end, wherever our reading of the same file stands."""
    return tempfile.TemporaryFile("a+b")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
