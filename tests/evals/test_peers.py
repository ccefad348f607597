"""Other packages' memories, each really driven; skipped where the package is not installed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from telltale.evals.cases import Row
from telltale.evals.peers import PEERS, Chroma, Peer, embedded
from telltale.evals.strategies import Experience, Unavailable
from telltale.memory.types import Case

ROWS: list[Row] = [
    {"id": f"{plan}-{place}", "text": f"{plan} the parcel to {place}", "plan": plan, "split": "memory"}
    for plan in ("return", "refund", "exchange", "resend")
    for place in ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin")
]
FAILED: Row = {"id": "f", "text": "insure the parcel to Oslo", "plan": "insure", "success": False, "split": "memory"}


@pytest.fixture(scope="module", params=PEERS)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    made = PEERS[request.param]()
    with Experience([*ROWS, FAILED]) as remembered:
        try:
            made.prepare(remembered)
        except Unavailable as reason:
            pytest.skip(str(reason))
        yield made


def test_a_peer_finds_what_it_was_told_and_scores_it_best(peer: Peer) -> None:
    answer = peer.answer(Case(text="refund the parcel to Lima"))
    assert (answer.ranked[0].id, answer.ranked[0].procedure) == ("refund-Lima", "refund")
    scores = [pick.score for pick in answer.ranked]
    assert scores == sorted(scores, reverse=True)
    assert answer.admitted == answer.ranked[:3]


def test_a_peer_is_given_the_embedder_of_telltale(peer: Peer) -> None:
    if peer.name == "mem0":
        pytest.skip("mem0 adds its own to the cosine where it has the means")
    query, there = embedded(["refund a parcel", "refund the parcel to Lima"])
    picks = peer.answer(Case(text="refund a parcel")).ranked
    found = next(pick for pick in picks if pick.id == "refund-Lima")
    assert found.score == pytest.approx(float(np.dot(query, there)), abs=1e-3)


def test_a_peer_shows_no_known_failure_though_it_gathers_it(peer: Peer) -> None:
    answer = peer.answer(Case(text="insure the parcel to Oslo"))
    assert "f" in {pick.id for pick in answer.gathered or ()}
    assert "f" not in {pick.id for pick in answer.ranked}


def test_a_peer_counts_no_tokens_since_it_writes_no_prompt(peer: Peer) -> None:
    assert peer.answer(Case(text="refund the parcel")).tokens is None


def test_only_mem0_stays_silent_and_only_below_its_own_threshold(peer: Peer) -> None:
    nothing = peer.answer(Case(text="¿"))  # no word that the embedder knows: a cosine of 0 to everything
    assert bool(nothing.admitted) == (peer.name != "mem0")


def test_a_peer_asks_no_other_machine(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    with Experience(ROWS[:3]) as remembered:
        again = type(peer)()
        again.prepare(remembered)
        again.answer(Case(text="refund the parcel"))
    assert not asked


def test_a_peer_leaves_nothing_in_the_home_folder(peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Experience(ROWS[:3]) as remembered:
        type(peer)().prepare(remembered)
    assert not list(tmp_path.iterdir())


def test_a_peer_without_its_package_says_what_to_install() -> None:
    class Absent(Chroma):
        name = "absent"
        needs = ("no_such_package",)

    with Experience(ROWS[:3]) as remembered, pytest.raises(Unavailable, match="pip install 'telltale-memory"):
        Absent().prepare(remembered)
