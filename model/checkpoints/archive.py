"""Taking one named file out of a zip archive (a wheel is one).

Never `extractall`: names in an archive may point anywhere, and a small archive may unpack to more than a disk holds.
Here the caller says which name, where to, and how large it is.
"""

from __future__ import annotations

import errno
import hashlib
import zipfile
from pathlib import Path

from model.checkpoints.cache import Progress, silent
from model.errors import CheckpointError

_CHUNK = 1 << 20


def take(archive: Path, member: str, target: Path, size: int, sha256: str = "", progress: Progress = silent) -> None:
    """Writes `member` of `archive` to `target`.

    size       bytes it must have; reading stops there, whatever the archive says
    sha256     what its content must have; empty for any

    Raises CheckpointError when the archive is damaged, lacks the member, or holds something else; `target` is then
    removed.
    """
    digest, written = hashlib.sha256(), 0
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as source, target.open("xb") as out:
            while chunk := source.read(min(_CHUNK, size - written + 1)):
                written += len(chunk)
                if written > size:
                    raise CheckpointError(f"{member} in {archive.name} is larger than {size:,} bytes; it is not used.")
                out.write(chunk)
                digest.update(chunk)
                progress(written / size, f"unpacking {target.name}")
        if written < size:
            raise CheckpointError(f"{member} in {archive.name} has {written:,} bytes, not {size:,}; it is not used.")
        if sha256 and digest.hexdigest() != sha256:
            raise CheckpointError(f"{member} in {archive.name} has another checksum than expected; it is not used.")
    except KeyError as error:
        raise CheckpointError(f"{archive.name} holds no {member}.") from error
    except Exception as error:  # the decompressors have many
        target.unlink(missing_ok=True)
        writing_failed = isinstance(error, OSError) and error.errno != errno.EINVAL  # that one: a place before the file
        if writing_failed or isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{archive.name} is damaged: {error}.") from error
