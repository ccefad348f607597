"""Numbers for Prometheus: how many requests, how long, what is being worked on. No tenant and no key is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """The numbers of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, descriptors and processor time, where Linux tells them
        named: dict[str, Any] = {"registry": self._registry}
        self._requests = Counter("telltale_requests", "Requests answered", ("route", "method", "status"), **named)
        self._seconds = Histogram(
            "telltale_request_seconds", "How long a request took", ("route",), buckets=SECONDS, **named
        )
        self._recalls = Counter("telltale_recalls", "Recalls answered", ("abstained",), **named)
        self._running = Gauge("telltale_requests_running", "Requests that are being answered", **named)

    def begun(self) -> None:
        """A request came in."""
        self._running.inc()

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """It was answered."""
        self._running.dec()
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def recalled(self, *, abstained: bool) -> None:
        """A recall was answered."""
        self._recalls.labels("yes" if abstained else "no").inc()

    def watch(self, name: str, said: str, value: Callable[[], float]) -> None:
        """Tell ``value()`` whenever somebody asks."""
        Gauge(name, said, registry=self._registry).set_function(value)

    def count(self, name: str, said: str, value: Callable[[], float]) -> None:
        """The same of what is counted elsewhere, and only ever grows: as ``<name>_total``."""
        self._registry.register(_Counted(name, said, value))

    def told(self) -> bytes:
        """All numbers, as Prometheus reads them."""
        return generate_latest(self._registry)


class _Counted(Collector):
    """A counter that somebody else keeps."""

    def __init__(self, name: str, said: str, value: Callable[[], float]) -> None:
        self._name, self._said, self._value = name, said, value

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What it stands at."""
        yield CounterMetricFamily(self._name, self._said, value=self._value())
