"""The members of a zip archive that holds an evaluation's log (Inspect's ``.eval``), one at a time, never all.

Nothing is unpacked to disk, so that no member's name matters. What grows beyond all likelihood is given up.
"""

from __future__ import annotations

import errno
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from .compressed import LIKELY_BYTES, LIKELY_RATIO

ZIP = b"PK\x03\x04"
_HEADERS = ("header.json", "_journal/start.json")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Member:
    """The bytes of one member; without ``data`` there is a ``fault``, and the ``code`` of a reject."""

    size: int
    data: bytes | None
    code: str = ""
    fault: str = ""


def members(stream: IO[bytes], most: int) -> Iterator[Member]:
    """The header of the log in ``stream`` (seekable), then its samples in their order, each at most ``most`` bytes."""
    try:
        packed = stream.seek(0, io.SEEK_END)
        with zipfile.ZipFile(stream) as archive:
            yield from _of_log(archive, packed, most)
    except io.UnsupportedOperation:
        yield Member(0, None, "UNKNOWN_FORMAT", "a zip archive within a compressed stream; unpack the outer one")
    except (*_BROKEN, NotImplementedError, OSError) as error:
        _raise_disk(error)
        yield Member(0, None, "BAD_TEXT", f"the zip archive is broken ({type(error).__name__}); copy the file anew")


def _raise_disk(error: Exception) -> None:
    """Raise what the disk said; a place that cannot be, which a broken archive names, is the archive's fault."""
    if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
        raise error


def _of_log(archive: zipfile.ZipFile, packed: int, most: int) -> Iterator[Member]:
    infos = archive.infolist()
    names = {info.filename: info for info in infos}
    headers = [names[name] for name in _HEADERS if name in names]
    samples = [info for info in infos if info.filename.startswith("samples/") and info.filename.endswith(".json")]
    if not headers:
        yield Member(0, None, "UNKNOWN_FORMAT", "a zip archive that is no evaluation's log; unpack it")
        return
    given = 0
    for info in (*headers[:1], *samples):
        member = _read(archive, info, most)
        given += member.size
        if given > LIKELY_BYTES and given > LIKELY_RATIO * packed:
            reason = f"{packed} bytes became more than {given}; unpack the archive if it is meant"
            yield Member(given, None, "DECOMPRESSED_TOO_LARGE", reason)
            return
        yield member


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Member:
    if info.file_size > most:
        return Member(0, None, "LINE_TOO_LONG", f"a sample of {info.file_size} bytes; at most {most} are read")
    try:
        with archive.open(info) as file:
            data = file.read(most + 1)
    except NotImplementedError:
        reason = f"packed in a way that Python cannot read (method {info.compress_type}); write the log anew"
        return Member(0, None, "BAD_TEXT", reason)
    except (*_BROKEN, OSError) as error:
        _raise_disk(error)
        return Member(0, None, "BAD_TEXT", f"the member is broken ({type(error).__name__}); copy the file anew")
    return Member(len(data), data)
