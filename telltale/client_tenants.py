"""The memories at a server as an operator has them: what ``telltale.open_store("http://...")`` returns.

Translates only: each method is one request, but for the parts of long lists. No memory can be looked into from here.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Never

from telltale.memory.errors import BadArgument, StoreIO, UsageError

from .client_asking import Served
from .client_http import Connection, in_path
from .tenancy import Tenants

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.embedders import Embedder
    from telltale.memory.quota import Quota

PAGE = 1_000  # names that are fetched at once


def connect(address: str, *, api_key: str | None, read_only: bool) -> ServedTenants:
    """The memories of a server. Raises NotAllowed where the key is no operator's, and what asking raises."""
    found = ServedTenants(Connection(address, api_key), read_only=read_only)
    found._connection.get("/tenants", limit=1)  # noqa: SLF001 - made here
    return found


class ServedTenants(Served, Tenants):
    """The memories of a server, for whoever has an operator's key. Made by :func:`telltale.open_store`.

    What each method does and raises stands at :class:`Tenants`; ``memory`` raises UsageError.
    """

    def __init__(self, connection: Connection, *, read_only: bool) -> None:
        self._connection = connection
        self._read_only = read_only

    def memory(self, name: str = "default", *, embedder: str | Embedder | None = None) -> Never:  # noqa: ARG002
        """Not with an operator's key, which opens no memory."""
        raise UsageError(
            f"an operator's key opens no memory: make a key for {name!r} where the store is (`telltale keys create "
            "--tenant ...`), and pass it to telltale.open(address, api_key=...)"
        )

    def names(self) -> list[str]:
        """See :meth:`Tenants.names`; fetched in parts."""
        from .client_told import TenantPage, of_json

        names: list[str] = []
        after: str | None = ""
        while after is not None:
            page = of_json(self._connection.get("/tenants", after=after, limit=PAGE), TenantPage)
            names += page.tenants
            after = page.next
        return names

    def create(self, name: str, *, embedder: str | Embedder | None = None) -> None:
        """See :meth:`Tenants.create`; an embedder is named, since it runs at the server."""
        self._change("POST", "/tenants", {"name": name, "embedder": _named(embedder)})

    def rename(self, old: str, new: str) -> None:
        """See :meth:`Tenants.rename`."""
        self._change("POST", f"/tenants/{in_path(old)}/rename", {"to": new})

    def delete(self, name: str) -> None:
        """See :meth:`Tenants.delete`."""
        self._change("DELETE", f"/tenants/{in_path(name)}")

    def export(self, name: str, path: str | Path) -> int:
        """See :meth:`Tenants.export`; written here, and compared with what the server sent."""
        from telltale.memory.carry import exported

        given = Path(path)
        if given.exists():
            raise BadArgument(f"there is something at {given.name!r} already; name a place where nothing is yet")
        with _beside(given) as half:
            self._connection.fetch(f"/tenants/{in_path(name)}/export", half)
            with exported(half) as (about, _):
                episodes = int(about["files"]["episodes.jsonl"]["lines"])
            _put(half, given)
        return episodes

    def import_(
        self,
        path: str | Path,
        name: str | None = None,
        *,
        embedder: str | Embedder | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> str:
        """See :meth:`Tenants.import_`; read here, sent, and a job there. The embedder is the one it was made with."""
        from telltale.memory.carry import exported

        from . import client_jobs
        from .client_told import of_value

        self._check_writable()
        if embedder is not None:
            raise UsageError("a server has the embedder that the memory was made with: leave embedder= out")
        given = Path(path)
        with exported(given), _packed(given) as packed:
            told = client_jobs.done(
                self._connection,
                "/tenants/import",
                lambda: packed.open("rb"),
                query={"name": name},
                progress=progress,
                jobs="/tenants/imports",
                again=False,  # a second would find the name taken by the first
            )
        return of_value(told["name"], str)

    def quota(self, name: str) -> Quota:
        """See :meth:`Tenants.quota`."""
        from telltale.memory.quota import Quota

        told = self._read(f"/tenants/{in_path(name)}/quota", dict[str, Any])
        return Quota(episodes=told["episodes"], size=told["bytes"])

    def set_quota(self, name: str, *, episodes: int | None = None, bytes: int | None = None) -> None:  # noqa: A002
        """See :meth:`Tenants.set_quota`."""
        self._change("PUT", f"/tenants/{in_path(name)}/quota", {"episodes": episodes, "bytes": bytes}, again=True)

    def close(self) -> None:
        """See :meth:`Tenants.close`."""
        self._connection.close()

    def __repr__(self) -> str:
        return f"<Tenants at {self._connection.address}>"


def _named(embedder: str | Embedder | None) -> str | None:
    if embedder is None or isinstance(embedder, str):
        return embedder
    raise UsageError("an embedder of this program cannot be sent to a server: give the name of one that it has")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file beside ``path`` until it is whole; whatever is left of it goes."""
    half = path.with_name(f".{path.name}.half.zip")
    try:
        yield half
    except OSError as error:
        raise StoreIO(f"could not write {path} ({error}); name a place that can be written") from error
    finally:
        half.unlink(missing_ok=True)


def _put(packed: Path, path: Path) -> None:
    """Put an archive at its place: as it is where that ends in ``.zip``, else unpacked into a folder."""
    if path.suffix == ".zip":
        os.replace(packed, path)  # noqa: PTH105 - beside it
        return
    with TemporaryDirectory(prefix=".telltale-", dir=path.parent) as folder:
        with zipfile.ZipFile(packed) as archive:
            for name in archive.namelist():
                with archive.open(name) as source, (Path(folder) / Path(name).name).open("wb") as file:
                    shutil.copyfileobj(source, file)
        shutil.copytree(folder, path)


@contextmanager
def _packed(path: Path) -> Iterator[Path]:
    """What was exported to ``path``, as one file."""
    if path.is_file():
        yield path
        return
    with TemporaryDirectory(prefix="telltale-") as folder:
        packed = Path(folder) / "tenant.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path.iterdir()):
                archive.write(file, file.name)
        yield packed
