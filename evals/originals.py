"""The public sets: where their originals are, under which licence, what is made of them, and the digests that prove it.

The digests are of the case files, so that a fetched set is the one that figures were published for, whatever a mirror
gave. Sets whose conversion takes more than a few lines have no converter here; a copy of theirs is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from . import convert


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One public set."""

    folder: str  # the name under which its case files stand
    repository: str
    commit: str
    paths: Sequence[str]  # in the repository, in the order that ``convert`` takes them
    licence: str
    cite: str
    sha256: Mapping[str, str]  # of each case file, by name
    convert: Callable[..., convert.Files] | None = None  # None: a local copy is needed


ORIGINALS: Mapping[str, Original] = {
    "alfred": Original(
        folder="alfred",
        repository="askforalfred/alfred",
        commit="f91f4c0c96c7a29f33d0557f86b0a21035379b3b",
        paths=("data/json_2.1.0",),
        licence="MIT",
        cite="Shridhar et al. 2020, ALFRED",
        sha256={"cases.jsonl": "b0ef3006337e9eeb26d1cca9aaa44176757e6e967be18141cbb12d045d3c0fad"},
    ),
    "alfworld": Original(
        folder="alfworld",
        repository="zjunlp/KnowAgent",
        commit="82bc535f1ef2426ec883a548cb38961f9d1720ee",
        paths=("Self-Learning/trajs/datas/KnowAgentALFWorld_llama-2-13b_D0.jsonl",),
        licence="Apache 2.0 (tasks: MIT)",
        cite="Shridhar et al. 2021, ALFWorld; Zhu et al. 2024, KnowAgent; Zhao et al. 2024, ExpeL",
        sha256={"cases.jsonl": "414dca785b51b6224a6f4319fb7f9868c7b8e73d237845bb4fae755fa9bd98ab"},
    ),
    "banking77": Original(
        folder="banking77",
        repository="PolyAI-LDN/task-specific-datasets",
        commit="57ec275d8078af65b7731c2a98be812d844a6d6b",
        paths=("banking_data/train.csv", "banking_data/test.csv"),
        licence="Creative Commons Attribution 4.0",
        cite="Casanueva et al. 2020, Efficient Intent Detection with Dual Sentence Encoders",
        sha256={
            "cases.jsonl": "d9c9c075f6b445bcdc99ccfd1916c5db4a3f71a6999c3df06a4c3583e7ab1c9b",
            "cases_oos.jsonl": "6290cd19b59fce26b2c96bcbd3caa855d3570cde6757b195992010af1164ca1e",
        },
        convert=convert.banking77,
    ),
    "clinc150": Original(
        folder="clinc150_val",
        repository="clinc/oos-eval",
        commit="828f8093932c8fe6ca7936c3d2e52903b1c523de",
        paths=("data/data_full.json", "data/domains.json"),
        licence="Creative Commons Attribution 3.0",
        cite="Larson et al. 2019, An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction",
        sha256={"cases.jsonl": "ad89929f92931450af788ce90ee99633c6dbd503bc6985bb2b08f35bc1c43aa9"},
        convert=convert.clinc150,
    ),
    "limit": Original(
        folder="limit_small",
        repository="google-deepmind/limit",
        commit="90c5dd3a7c3c0d68bc6cc7a0c5b0f4ca124dfdcb",
        paths=(
            "data/limit-small/corpus.jsonl",
            "data/limit-small/queries.jsonl",
            "data/limit-small/qrels.jsonl",
        ),
        licence="Creative Commons Attribution 4.0",
        cite="Weller et al. 2025, On the Theoretical Limitations of Embedding-Based Retrieval",
        sha256={
            "cases.jsonl": "d0719d80684cf08d3185c4f9245f4596352cd09ec21ee451e68c27d94035accd",
            "corpus.jsonl": "ebc38fa10c96fa02e4501e41968edf586efffc6241b6cd10f1c8757c1854dc53",
            "queries.jsonl": "0afedee8bb9aec36053568673bc7b5eb3e5fc416b49d44f187026de930084db8",
            "qrels.jsonl": "f6a0cbf1ac3c405e1cffc96c87bd19a5f77a671d123f547cf946bf17874a27f8",
        },
        convert=convert.limit,
    ),
    "sql_advising": Original(
        folder="sql_advising",
        repository="jkkummerfeld/text2sql-data",
        commit="5050bad2309a93636ea4788d3660c9202bf11e0e",
        paths=("data/advising.json", "data/advising-schema.csv"),
        licence="Creative Commons Attribution 4.0",
        cite="Finegan-Dollak et al. 2018, Improving Text-to-SQL Evaluation Methodology",
        sha256={"cases.jsonl": "cd5a73b6e093d142293fc5e51f5f3fd7787426eb6213fcbaa44536f41c901278"},
    ),
    "tau_retail": Original(
        folder="tau_retail",
        repository="sierra-research/tau-bench",
        commit="59a200c6d575d595120f1cb70fea53cef0632f6b",
        paths=tuple(f"tau_bench/envs/retail/tasks_{part}.py" for part in ("train", "dev", "test")),
        licence="MIT",
        cite="Yao et al. 2024, tau-bench",
        sha256={"cases.jsonl": "c873328e3dc130194b0bbf9605586e9532773689e7eea661cebc21481623eb36"},
        convert=convert.tau_retail,
    ),
}
