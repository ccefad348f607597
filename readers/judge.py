"""Who may be asked about a candidate near the bar: a model through instructor, or anything that gives an opinion.

Data alone, light to import. What a judge is asked is in question.py, how a model is called in instructed.py, whom it is
asked about and what follows in grey.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from telltale.memory.errors import BadArgument
from telltale.memory.types import Candidate, Case, Difference

CALLS, SECONDS, TOKENS = 3, 10.0, 4_000  # within one recall


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a judge says of one candidate."""

    same: bool  # the case calls for the candidate's procedure
    confidence: float = 1.0  # in [0, 1]
    differences: tuple[Difference, ...] = ()  # what calls for another: case_value and candidate_value are quotes


@runtime_checkable
class Judge(Protocol):
    """Anything that can be asked. It is called from a thread of its own.

    What it has of ``calls`` (3), ``seconds`` (10) for all calls and ``tokens`` (4,000) for all questions bounds it
    within one recall.
    """

    @property
    def name(self) -> str:
        """What its opinions are kept under: one of another name is asked anew."""

    def judge(self, case: Case, candidate: Candidate, differences: Sequence[Difference]) -> Opinion:
        """Whether ``case`` calls for the procedure of ``candidate``; ``differences`` are those that the guard sees.

        Whatever it raises counts as no answer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudge:
    """A language model as judge: any provider that instructor knows, or any server that speaks OpenAI's protocol.

    Raises BadArgument for a value outside its range.
    """

    model: str  # "openai/gpt-4o-mini", "anthropic/..."; with ``base_url`` the server's own name for it
    base_url: str | None = None  # "http://127.0.0.1:8080/v1"
    api_key: str | None = field(default=None, repr=False)  # None: the provider's usual environment variable
    calls: int = CALLS
    seconds: float = SECONDS
    tokens: int = TOKENS  # of all questions, as the prompt's budget counts them

    def __post_init__(self) -> None:
        """Name a mistake where it is made."""
        if not self.model or (self.base_url is None and not all(self.model.partition("/"))):
            raise BadArgument(
                f'the judge is {self.model!r}: give "provider/model", such as "openai/gpt-4o-mini", or a base_url with '
                "the name that the server there has for its model"
            )
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise BadArgument(f"the judge's base_url is {self.base_url!r}: give an address, http://... or https://...")
        if min(self.calls, self.tokens) < 1 or not self.seconds > 0:
            raise BadArgument("the judge's calls, seconds and tokens bound it within one recall: give each above 0")

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model

    def judge(self, case: Case, candidate: Candidate, differences: Sequence[Difference]) -> Opinion:
        """The model's opinion. Raises JudgeFailed where there is none that can be used."""
        from .instructed import ask  # loads what calling takes
        from .question import question

        return ask(
            question(case, candidate, differences),
            model=self.model,
            base_url=self.base_url,
            api_key=self.api_key,
            seconds=self.seconds,
        )
