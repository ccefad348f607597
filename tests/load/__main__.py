"""The server under load, by one command a figure. See README.md beside this file."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

import telltale

from .asking import ask
from .killing import ASKING, kill_and_look, summed
from .made_up import fill, key_of, told
from .serving import Server, serving

EPISODES = click.option("--episodes", default=100_000, show_default=True, help="What the memory holds.")
CLIENTS = click.option("--clients", default=32, show_default=True, help="That recall at once.")
SEED = click.option("--seed", default=1000, show_default=True, help="Of what is asked and told.")
FOLDER = click.option(
    "--folder",
    default=Path("build/load"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where prepared stores are kept; each run works on a copy.",
)
AT_ONCE = 1, 4, 8, 32  # clients that remember


@click.group()
def load() -> None:
    """The server under load."""


@load.command()
@FOLDER
@EPISODES
def prepare(folder: Path, episodes: int) -> None:
    """Make a store of so many episodes with a guard that has learned from them; once."""
    prepared(folder, episodes)


@load.command()
@FOLDER
@EPISODES
@CLIENTS
@SEED
@click.option("--seconds", default=600.0, show_default=True, help="How long.")
def steady(folder: Path, episodes: int, clients: int, seed: int, seconds: float) -> None:
    """Recalls of so many clients: how many a second, how long they take, and whether the server stays as it was."""
    with served(folder, episodes, clients) as server:
        found = ask(server, ["Asking"], clients=clients, seconds=seconds, seed=seed)
    tell("steady", found, episodes=episodes, clients=clients, seconds=seconds, seed=seed)


@load.command()
@FOLDER
@EPISODES
@CLIENTS
@SEED
@click.option("--seconds", default=120.0, show_default=True, help="How long, each time.")
def mixed(folder: Path, episodes: int, clients: int, seed: int, seconds: float) -> None:
    """Recalls without and then beside one client that streams finished runs."""
    with served(folder, episodes, clients) as server:
        alone = ask(server, ["Asking"], clients=clients, seconds=seconds, seed=seed)
        before, began = count(server), time.monotonic()
        beside = ask(server, ["Asking", "Telling"], clients=clients + 1, seconds=seconds, seed=seed + 500)
        came = (count(server) - before) / (time.monotonic() - began)
    found = {"alone": alone, "beside": beside, "episodes_a_second": round(came, 1)}
    tell("mixed", found, episodes=episodes, clients=clients, seconds=seconds, seed=seed)


@load.command()
@FOLDER
@click.option("--episodes", default=10_000, show_default=True, help="What the memory holds at first.")
@SEED
@click.option("--seconds", default=30.0, show_default=True, help="How long, each time.")
@click.option("--beside/--alone", default=False, show_default=True, help="Whether four recall beside.")
def remember(folder: Path, episodes: int, seed: int, seconds: float, beside: bool) -> None:
    """Runs remembered one by one by 1, 4, 8 and 32 clients at once: how many a second, and what each costs."""
    users, others = (["AskingBeside", "TellingOne"], ASKING) if beside else (["TellingOne"], 0)
    found: dict[str, Any] = {}
    with served(folder, episodes, ASKING) as server:
        for number, clients in enumerate(AT_ONCE):
            at = seed + 100 * number
            one = ask(server, users, clients=clients + others, seconds=seconds, seed=at)
            found[str(clients)] = one
            if not others:  # else recalls are in it
                each = one["server"]["cores"] / one["asked"]["/v1/remember"]["a_second"]
                one["processor_ms_each"] = round(1000 * each)
    tell("remember", found, episodes=episodes, seconds=seconds, seed=seed, beside=others)


@load.command()
@FOLDER
@click.option("--episodes", default=10_000, show_default=True, help="What the memory holds at first.")
@SEED
@click.option("--rounds", default=20, show_default=True, help="How often it is killed.")
@click.option("--acknowledged", default=100, show_default=True, help="Requests before a kill, at most.")
def kill(folder: Path, episodes: int, seed: int, rounds: int, acknowledged: int) -> None:
    """SIGKILL while six clients remember and four recall, again and again: what was acknowledged is there, and once."""
    with copied(folder, episodes) as store:
        how = {"rounds": rounds, "acknowledged": acknowledged, "seed": seed}
        found = []
        for one in kill_and_look(store, key_of(store), **how):
            found.append(one)
            click.echo(json.dumps(one), err=True)
    tell("kill", summed(found), episodes=episodes, at_most=acknowledged, seed=seed)


def prepared(folder: Path, episodes: int) -> Path:
    """A store of so many episodes, made where it is not there yet, and brought up to date by a first run."""
    place = folder / str(episodes)
    if not (place / "store").is_dir():
        shutil.rmtree(place, ignore_errors=True)
        began = time.monotonic()
        fill(place / "making", episodes).close()
        (place / "making").rename(place / "store")
        click.echo(f"made {place} in {time.monotonic() - began:.0f} s", err=True)
    with telltale.open(place / "store") as memory:
        memory.remember(**next(told(0)))
    return place / "store"


@contextmanager
def copied(folder: Path, episodes: int) -> Iterator[Path]:
    """A copy of the prepared store."""
    store = prepared(folder, episodes)
    with tempfile.TemporaryDirectory(dir=folder) as copy:
        yield Path(shutil.copytree(store, Path(copy) / "store"))


@contextmanager
def served(folder: Path, episodes: int, clients: int) -> Iterator[Server]:
    """A server of it that has read once what is read once."""
    with copied(folder, episodes) as store, serving(store, key_of(store)) as server:
        ask(server, ["Asking"], clients=clients, seconds=5, seed=0)
        yield server


def count(server: Server) -> int:
    """How many episodes the memory holds."""
    with server.client() as client:
        found: int = client.get("/v1/about").json()["episodes"]
        return found


def tell(what: str, found: dict[str, Any], **how: Any) -> None:
    """One JSON object, with how it was come by."""
    click.echo(json.dumps({"what": what, **how, **found}, indent=2))


if __name__ == "__main__":
    load(prog_name="python -m tests.load")
