"""Asks a model many questions within the bounds of one distilling: kept answers first, a few calls at a time, retries.

What is answered is kept at once, so that a run that is cut short goes on where it was. Knows nothing of skills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from json import dumps
from threading import Event, Lock
from time import time
from typing import Any

from telltale.memory import models
from telltale.memory.budget import count_tokens
from telltale.memory.errors import ModelFailed, TelltaleError
from telltale.memory.late import within

from .model import Kept, ModelDistiller
from .model_prompt import RULES
from .model_question import Question
from .model_shapes import shape

ANSWER = 2_500  # tokens of an answer, at most; a model that thinks first thinks within them
PATIENCE = 60.0  # the longest wait that a server may ask for; beyond it the question is left for another run
IN_A_ROW = 5  # failures without an answer between them, after which nothing more is asked
_PASSING = (408, 409, 425, 429)  # what a server says of a moment, and 500 and above
_OF_ONE_QUESTION = (400, 413, 422)  # what it says of one question alone


class Calls:
    """What a model was asked in one distilling, and what it may still be asked. Its methods may be called at once."""

    def __init__(self, model: ModelDistiller, kept: Kept) -> None:
        self.model, self.kept = model, kept
        self.cached = self.answered = self.calls = self.tokens_in = self.tokens_out = 0
        self._reserved = (0, 0)  # tokens in and out of the calls under way
        self._failed_in_a_row = 0
        self._stopped = ""  # why nothing more is asked
        self._ending = Event()
        self._turn = Lock()

    def answers(self, questions: Sequence[Question]) -> list[Any]:
        """An answer or a ModelFailed for each question, in their order."""
        pool = ThreadPoolExecutor(self.model.at_once, thread_name_prefix="telltale-model")
        try:
            return list(pool.map(self._answer, questions))
        finally:
            self._ending.set()  # nobody waits for a retry any more
            pool.shutdown(cancel_futures=True)

    def _answer(self, question: Question) -> Any:
        known = self._known(question)
        if known is not None:
            return known
        try:
            answer = self._asked(question)
        except ModelFailed as failure:
            self._note(failure)
            return failure
        with self._turn:
            self.answered += 1
            self._failed_in_a_row = 0
        with suppress(TelltaleError):  # asking again costs less than a distilling that fails
            told = {"model": self.model.model, "episodes": question.episodes, "time": time()}
            self.kept.put(question.name(self.model.model), told | {"answer": answer.model_dump()})
        return answer

    def _known(self, question: Question) -> Any:
        """What an earlier run was answered; None where there is nothing, or it cannot be read."""
        row: Mapping[str, Any] | None = None
        with suppress(TelltaleError):
            row = self.kept.get(question.name(self.model.model))
        try:
            answer = shape(question.topic).model_validate(row["answer"]) if row else None
        except (KeyError, ValueError):
            return None
        with self._turn:
            self.cached += answer is not None
        return answer

    def _asked(self, question: Question) -> Any:
        from tenacity import Retrying, retry_if_exception, sleep_using_event, stop_after_attempt

        asking = Retrying(
            stop=stop_after_attempt(1 + self.model.retries),
            retry=retry_if_exception(_passes),
            wait=self._pause,
            sleep=sleep_using_event(self._ending),
            reraise=True,
        )
        return asking(self._once, question)

    def _once(self, question: Question) -> Any:
        asked = question.asked
        estimate = count_tokens(RULES[question.topic] + asked) + _schema_tokens(question.topic)
        self._reserve(estimate)
        spent: tuple[int, int] | None = None
        try:
            reply = self._in_time(question.topic, asked)
            spent = reply.tokens or (estimate, count_tokens(reply.value.model_dump_json()))
        except ModelFailed as failure:
            spent = failure.tokens
            raise
        finally:  # one that came too late was paid for all the same
            self._settle(estimate, (estimate, 0) if spent is None else spent)
        return reply.value

    def _in_time(self, topic: str, asked: str) -> models.Reply:
        """The reply; not every provider's client has a bound of its own."""
        model = self.model
        told: dict[str, Any] = {"model": model.model, "base_url": model.base_url, "api_key": model.api_key}

        def call() -> models.Reply:
            return models.ask(shape(topic), RULES[topic], asked, seconds=model.seconds, most=ANSWER, **told)

        try:
            return within(model.seconds, call, name="telltale-model")
        except TimeoutError as error:
            raise ModelFailed(models.LATE) from error

    def _reserve(self, estimate: int) -> None:
        """Count one more call, with the longest answer there can be. Raises ModelFailed at a bound."""
        with self._turn:
            if self._stopped:
                raise ModelFailed(f"not asked: {self._stopped}")
            into, out = self.tokens_in + self._reserved[0] + estimate, self.tokens_out + self._reserved[1] + ANSWER
            bounds = (
                ("calls", self.calls >= self.model.calls),
                ("tokens", into + out > self.model.tokens),
                ("money", self.model.money is not None and (self.model.cost(into, out) or 0) > self.model.money),
            )
            for bound, met in bounds:
                if met:
                    raise ModelFailed(f"not asked: its {bound} are used up")
            self.calls += 1
            self._reserved = (self._reserved[0] + estimate, self._reserved[1] + ANSWER)

    def _settle(self, estimate: int, spent: tuple[int, int]) -> None:
        with self._turn:
            self._reserved = (self._reserved[0] - estimate, self._reserved[1] - ANSWER)
            self.tokens_in, self.tokens_out = self.tokens_in + spent[0], self.tokens_out + spent[1]

    def _note(self, failure: ModelFailed) -> None:
        """Ask nothing more once that is in vain."""
        with self._turn:
            if str(failure).startswith("not asked"):
                return
            self._failed_in_a_row += 1
            if failure.hopeless and failure.status not in _OF_ONE_QUESTION:
                self._stopped = self._stopped or str(failure)
            elif self._failed_in_a_row >= IN_A_ROW:
                self._stopped = self._stopped or f"{IN_A_ROW} failures in a row, the last: {failure}"

    def _pause(self, state: Any) -> float:
        """What the server asks for, else twice as long each time, at most half a minute."""
        asked = state.outcome.exception().retry_after
        return float(min(30.0, self.model.pause * 2 ** (state.attempt_number - 1)) if asked is None else asked)


def _passes(error: BaseException) -> bool:
    """Whether asking again may help."""
    if not isinstance(error, ModelFailed) or (error.retry_after or 0) > PATIENCE:
        return False
    if error.status:
        return error.status >= 500 or error.status in _PASSING
    return str(error) in (models.LATE, models.UNREACHED, models.UNREADABLE)


@cache
def _schema_tokens(topic: str) -> int:
    """What the shape of the answer adds to a question."""
    return count_tokens(dumps(shape(topic).model_json_schema()))
