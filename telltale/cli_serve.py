"""``telltale serve``: the memories of a store over HTTP, and ``telltale keys``: who may ask for which of them."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from telltale.memory.errors import BadArgument, UsageError
from telltale.readers.judge import ModelJudge

from .arguments import not_a_server
from .server.allocator import share_arenas
from .verbs import JSON, LOOPBACK, OPTIONS, STORE, TENANT, Options, present

if TYPE_CHECKING:
    from limits import RateLimitItem
    from rich.console import RenderableType

    from .server.keys import Key

RIGHTS = ("read", "ingest", "approve", "admin")
GRACE = 30  # seconds that running requests have when the server is told to stop


class AuthRequired(UsageError):
    """Others could reach the server, and it would ask nobody for a key."""

    code = "AUTH_REQUIRED"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65_535), help="0: any that is free.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A further name that clients may call it by.")
@click.option("--rate", default="100/second", show_default=True, help="How often one key may ask; none: no limit.")
@click.option("--audit", metavar="FILE", help="The log of changes.  [default: audit.jsonl in a store that is a folder]")
@click.option("--read-only", is_flag=True, help="Write nothing.")
@click.option("--judge", metavar="MODEL", help="Ask a model about what is near the bar: openai/gpt-4o-mini.")
@click.option("--judge-url", metavar="URL", help="Where the model is, if at a server like OpenAI's.")
def serve(  # noqa: PLR0917 - click passes them by name
    store: str,
    storage_options: Options,
    tenant: str,
    host: str,
    port: int,
    allow_host: Sequence[str],
    rate: str,
    audit: str | None,
    read_only: bool,
    judge: str | None,
    judge_url: str | None,
) -> None:
    """Serve the memories of a store over HTTP.

    With keys (`telltale keys create`) each caller has the memory of its key. Without, whoever reaches this machine's
    own address has the memory that --tenant names.
    """
    share_arenas()
    app_of, keys_of, run = _loaded()
    address = not_a_server(store)
    keys = keys_of(address, storage_options=storage_options)
    if host not in LOOPBACK and not keys.all():
        raise AuthRequired(
            f"--host {host} can be reached from elsewhere, and this store has no keys: make one with "
            f"`telltale keys create --store {store} --tenant {tenant} --right read`, or stay on --host 127.0.0.1"
        )
    app = app_of(
        address,
        storage_options=storage_options,
        tenant=tenant,
        keys=keys,
        hosts={*LOOPBACK, *allow_host} if host in LOOPBACK or allow_host else None,
        rate=_rate(rate),
        audit=_audit(audit, address, read_only=read_only),
        judge=ModelJudge(model=judge, base_url=judge_url) if judge else None,
        read_only=read_only,
    )
    _log_requests()
    signal.signal(signal.SIGTERM, lambda *_: None)  # what is left to do once the server has stopped: nothing
    run(app, host=host, port=port)


def _log_requests() -> None:
    """A line a request to standard error, whatever handlers other libraries have set up."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("telltale.server")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def _loaded() -> tuple[Any, Any, Any]:
    try:
        import uvicorn

        from .server.app import make_app
        from .server.keys import Keys
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the server needs the package {error.name}: pip install 'telltale-memory[server]', then run this again"
        ) from error

    def run(app: Any, *, host: str, port: int) -> None:
        quiet: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False}
        server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, timeout_graceful_shutdown=GRACE, **quiet))
        server.run(sockets=[_listening(server.config)])

    return make_app, Keys, run


def _listening(config: Any) -> Any:
    found = config.bind_socket()
    found.listen(config.backlog)  # who reads the next line may connect
    host, port = found.getsockname()[:2]
    click.echo(f"telltale serves on http://{f'[{host}]' if ':' in host else host}:{port}", err=True)
    return found


def _rate(said: str) -> RateLimitItem | None:
    from limits import parse

    if said == "none":
        return None
    try:
        return parse(said)
    except ValueError:
        raise BadArgument(f"--rate is {said!r}: give such as 100/second, 5000/hour, or none") from None


def _audit(said: str | None, address: str, *, read_only: bool) -> Path | None:
    if said is not None:
        return Path(said)
    return None if read_only or "://" in address else Path(address) / "audit.jsonl"


serve.params = [STORE, OPTIONS, TENANT, *serve.params]


# ---- keys ----------------------------------------------------------------------------------------------------------


@click.group()
def keys() -> None:
    """Who may ask a server for which memory: create, list, revoke."""


@keys.command("create")
@click.option("--right", "rights", multiple=True, type=click.Choice(RIGHTS), help="What it may do.")
@click.option("--operator", is_flag=True, help="For the tenants as such, and for nothing within one.")
@click.option("--days", type=float, help="How long it is valid.  [default: until it is revoked]")
@click.option("--note", default="", help="What it is for.")
def create(  # noqa: PLR0917 - click passes them by name
    store: str,
    storage_options: Options,
    tenant: str,
    rights: Sequence[str],
    operator: bool,
    days: float | None,
    note: str,
    as_json: bool,
) -> None:
    """Make a key for a tenant, which is made where there is none. It is shown once and kept as a hash."""
    if operator and rights:
        raise BadArgument("an operator's key has no right within a tenant: leave --right out, or make a second key")
    keys = _keys(store, storage_options)
    if operator:
        shown, key = keys.create_operator(days=days, note=note)
    else:
        shown, key = keys.create(tenant, rights, days=days, note=note)
    _present({"key": shown, **_told(key)}, f"{shown}\n\nKeep it: it is never shown again.", as_json=as_json)


@keys.command("list")
def list_keys(store: str, storage_options: Options, as_json: bool) -> None:
    """Every key there is or was, without what is secret in it."""
    found = sorted(_keys(store, storage_options).all().values(), key=lambda key: key.created)
    _present({"keys": [_told(key) for key in found]}, "\n".join(map(_line, found)) or "No keys.", as_json=as_json)


@keys.command("revoke")
@click.argument("id_", metavar="ID")
def revoke(store: str, storage_options: Options, id_: str, as_json: bool) -> None:
    """End a key; a running server knows within a second."""
    key = _keys(store, storage_options).revoke(id_)
    _present(_told(key), f"{key.id} is revoked.", as_json=as_json)


create.params = [STORE, OPTIONS, TENANT, *create.params, JSON]
for _command in (list_keys, revoke):
    _command.params = [STORE, OPTIONS, *_command.params, JSON]


def _keys(store: str, storage_options: Options) -> Any:
    try:
        from .server.keys import Keys
    except ModuleNotFoundError as error:
        raise UsageError(
            f"keys need the package {error.name}: pip install 'telltale-memory[server]', then run this again"
        ) from error
    return Keys(not_a_server(store), storage_options=storage_options)


def _told(key: Key) -> dict[str, Any]:
    held = {name: getattr(key, name) for name in ("id", "tenant", "rights", "created", "expires", "revoked", "note")}
    return held | {"valid": key.valid(time.time())}


def _line(key: Key) -> str:
    ended = "revoked" if key.revoked else "deleted" if key.orphaned else "expired"  # deleted: its tenant
    state = "valid" if key.valid(time.time()) else ended
    return f"{key.id}  {state:8}  {','.join(key.rights):26}  {key.tenant or '(all)'}  {key.note}".rstrip()


def _present(told: dict[str, Any], said: RenderableType, *, as_json: bool) -> None:
    present(told, show=None if as_json else lambda _: said)


@click.command()
@click.argument("log", required=False, metavar="FILE")
def audit(store: str, log: str | None, as_json: bool) -> None:
    """Hold a server's log of changes against its hashes: none was edited, none taken out.

    FILE is audit.jsonl in the store where it is left out.
    """
    from .server.audit import verify

    path = Path(store) / "audit.jsonl" if log is None else Path(log)
    if not path.is_file():
        raise BadArgument(f"there is no log at {path}: name the file that `telltale serve --audit` writes")
    lines = verify(path)
    _present({"lines": lines}, f"All {lines} lines are as they were written.", as_json=as_json)


audit.params = [STORE, *audit.params, JSON]

COMMANDS = (serve, keys, audit)
