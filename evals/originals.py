"""The public sets: where their originals are, under which licence, what is made of them, and the digests that prove it.

The digests are of the case files, so that a fetched set is the one that figures were published for, whatever a mirror
gave. The digests of the originals themselves are not among them: what is made of them proves them, and a fetch notes
what it got (``fetch.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from . import convert, convert_homes, convert_shop, convert_sql
from .case_rows import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files of a repository as it was at one commit."""

    repository: str
    commit: str
    paths: Sequence[str]
    archive: str = ""  # the name of all files below ``paths`` that are wanted: too many to be asked for one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One public set."""

    folder: str  # the name under which its case files stand
    sources: Sequence[Source]  # in the order that ``convert`` takes their files
    licence: str
    cite: str
    sha256: Mapping[str, str]  # of each case file, by name
    convert: Callable[..., Files]


ORIGINALS: Mapping[str, Original] = {
    "alfred": Original(
        folder="alfred",
        sources=(
            Source(
                repository="askforalfred/alfred",
                commit="f91f4c0c96c7a29f33d0557f86b0a21035379b3b",
                paths=("data/json_2.1.0",),
                archive="traj_data.json",
            ),
        ),
        licence="MIT",
        cite="Shridhar et al. 2020, ALFRED",
        sha256={"cases.jsonl": "b0ef3006337e9eeb26d1cca9aaa44176757e6e967be18141cbb12d045d3c0fad"},
        convert=convert_homes.alfred,
    ),
    "alfworld": Original(
        folder="alfworld",
        sources=(
            Source(
                repository="zjunlp/KnowAgent",
                commit="82bc535f1ef2426ec883a548cb38961f9d1720ee",
                paths=("Self-Learning/trajs/datas/KnowAgentALFWorld_llama-2-13b_D0.jsonl",),
            ),
            Source(
                repository="LeapLabTHU/ExpeL",
                commit="e41ec9a24823e7b560c561ab191441b56d9bcefc",
                paths=("data/alfworld/alfworld_tasks_suffix.json",),
            ),
        ),
        licence="Apache 2.0 (tasks: MIT)",
        cite="Shridhar et al. 2021, ALFWorld; Zhu et al. 2024, KnowAgent; Zhao et al. 2024, ExpeL",
        sha256={"cases.jsonl": "414dca785b51b6224a6f4319fb7f9868c7b8e73d237845bb4fae755fa9bd98ab"},
        convert=convert_homes.alfworld,
    ),
    "banking77": Original(
        folder="banking77",
        sources=(
            Source(
                repository="PolyAI-LDN/task-specific-datasets",
                commit="57ec275d8078af65b7731c2a98be812d844a6d6b",
                paths=("banking_data/train.csv", "banking_data/test.csv"),
            ),
        ),
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
        sources=(
            Source(
                repository="clinc/oos-eval",
                commit="828f8093932c8fe6ca7936c3d2e52903b1c523de",
                paths=("data/data_full.json", "data/domains.json"),
            ),
        ),
        licence="Creative Commons Attribution 3.0",
        cite="Larson et al. 2019, An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction",
        sha256={"cases.jsonl": "ad89929f92931450af788ce90ee99633c6dbd503bc6985bb2b08f35bc1c43aa9"},
        convert=convert.clinc150,
    ),
    "limit": Original(
        folder="limit_small",
        sources=(
            Source(
                repository="google-deepmind/limit",
                commit="90c5dd3a7c3c0d68bc6cc7a0c5b0f4ca124dfdcb",
                paths=(
                    "data/limit-small/corpus.jsonl",
                    "data/limit-small/queries.jsonl",
                    "data/limit-small/qrels.jsonl",
                ),
            ),
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
        sources=(
            Source(
                repository="jkkummerfeld/text2sql-data",
                commit="5050bad2309a93636ea4788d3660c9202bf11e0e",
                paths=("data/advising.json", "data/advising-schema.csv"),
            ),
        ),
        licence="Creative Commons Attribution 4.0",
        cite="Finegan-Dollak et al. 2018, Improving Text-to-SQL Evaluation Methodology",
        sha256={
            "cases.jsonl": "cd5a73b6e093d142293fc5e51f5f3fd7787426eb6213fcbaa44536f41c901278",
            "withheld_memory.jsonl": "c9dea36d09d63394abef5f565ecab9a2d55327905824e21e6290637acb9b1f53",
            "schema.csv": "a425eb3ac7e68c252a0ad61de8b66221693f5e39c95843c1ece9e62277abce6e",
        },
        convert=convert_sql.advising,
    ),
    "tau_retail": Original(
        folder="tau_retail",
        sources=(
            Source(
                repository="sierra-research/tau-bench",
                commit="59a200c6d575d595120f1cb70fea53cef0632f6b",
                paths=tuple(f"tau_bench/envs/retail/tasks_{part}.py" for part in ("train", "dev", "test")),
            ),
            Source(
                repository="sierra-research/tau2-bench",
                commit="a2c024725189473d2d7cea3a5cfdbcc67478e41f",
                paths=("data/tau2/domains/retail/tasks.json", "data/tau2/domains/retail/split_tasks.json"),
            ),
        ),
        licence="MIT (both)",
        cite="Yao et al. 2024, tau-bench; Barres et al. 2025, tau2-bench",
        sha256={
            "cases.jsonl": "c873328e3dc130194b0bbf9605586e9532773689e7eea661cebc21481623eb36",
            "tau2_cases.jsonl": "b7f525a8294a15a52036b9f48b47245fc9777c13bc9d50b771b4576c8d13c48c",
        },
        convert=convert_shop.tau_retail,
    ),
}
