"""What a language model may be asked about skills and within which bounds, and what comes of it. Data alone.

What is asked is in model_question.py, what of an answer stands in model_skill.py and model_lessons.py, how calls are
bounded and kept in model_calls.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from telltale.memory.errors import BadArgument
from telltale.memory.types import Insight, Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDistiller:
    """A language model that words skills and lessons: any provider that instructor knows, or a server like OpenAI's.

    The bounds hold for one distilling. Prices are the caller's, per million tokens in and out; without them the report
    tells no money. Raises BadArgument for a value outside its range.
    """

    model: str  # "openai/gpt-4o-mini", "anthropic/..."; with ``base_url`` the server's own name for it
    base_url: str | None = None  # "http://127.0.0.1:8080/v1"
    api_key: str | None = field(default=None, repr=False)  # None: the provider's usual environment variable
    calls: int = 200
    tokens: int = 1_000_000  # of all questions and answers
    seconds: float = 60.0  # for each call
    price: tuple[float, float] | None = None  # (0.15, 0.60): money per million tokens in, and out
    money: float | None = None  # at most; needs a price
    at_once: int = 4  # calls under way together
    retries: int = (
        2  # of one question, after what may pass: too many requests, a server's error, junk, no answer in time
    )
    pause: float = 1.0  # seconds before the first retry where the server names none; doubled for each

    def __post_init__(self) -> None:
        """Name a mistake where it is made."""
        if not self.model or (self.base_url is None and not all(self.model.partition("/"))):
            raise BadArgument(
                f'the model is {self.model!r}: give "provider/model", such as "openai/gpt-4o-mini", or a base_url with '
                "the name that the server there has for its model"
            )
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise BadArgument(f"the model's base_url is {self.base_url!r}: give an address, http://... or https://...")
        if min(self.calls, self.tokens, self.at_once) < 1 or not self.seconds > 0:
            raise BadArgument("the model's calls, tokens, seconds and at_once bound one distilling: give each above 0")
        if self.retries < 0 or self.pause < 0 or (self.price and min(self.price) < 0):
            raise BadArgument("the model's retries, pause and price cannot be below 0")
        if self.money is not None and (self.price is None or not self.money > 0):
            raise BadArgument("a bound in money is above 0 and needs a price: price=(0.15, 0.60) per million tokens")

    @property
    def made_by(self) -> str:
        """What skills and lessons that it worded name as their maker."""
        return f"model:{self.model}"

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost at the given price; None without one."""
        if self.price is None:
            return None
        return (tokens_in * self.price[0] + tokens_out * self.price[1]) / 1_000_000


class Kept(Protocol):
    """Where answers are kept between runs, each under a hash of all that was asked."""

    def get(self, name: str, /) -> Mapping[str, Any] | None:
        """What was kept under ``name``."""

    def put(self, name: str, answer: Mapping[str, Any], /) -> None:
        """Keep ``answer``, which names the ids of the episodes that it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack:
    """Where the offline way stands, and why."""

    procedure: str
    about: str  # "skill" | "lessons"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """What asking a model came to."""

    model: str
    questions: int = 0  # a skill is one, its lessons are another where runs of it failed
    cached: int = 0  # answered by an earlier run
    answered: int = 0  # by a call of this one
    fell_back: tuple[FellBack, ...] = ()  # the rest, in the order of the skills
    calls: int = 0  # retries among them
    tokens_in: int = 0  # as the provider counts, else an estimate
    tokens_out: int = 0
    money: float | None = None  # None: no price was given
    refined: int = 0  # skills in whose wording something of an answer stands
    lessons: int = 0  # insights that were added
    dropped: Mapping[str, int] = field(default_factory=dict)  # what of the answers did not stand: why -> how often
    seconds: float = 0.0

    @property
    def asked(self) -> int:
        """The questions that were put to the model, or would have been but for its bounds."""
        return self.questions - self.cached


class Refined(NamedTuple):
    """Every skill and lesson of the offline way, reworded where the model's answer stands, and its lessons besides."""

    skills: list[Skill]
    insights: list[Insight]
    report: ModelReport
