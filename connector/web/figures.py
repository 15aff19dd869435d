"""The node's own figures for Prometheus; apart from the door, so that a node starts without the library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from connector.services.monitor import Backlog

MEDIA_TYPE = CONTENT_TYPE_LATEST
DECISIONS: Mapping[str, str] = {
    "usage.permitted": "permitted",
    "usage.refused": "refused",
    "inventory.refused": "refused",
    "negotiation.refused": "refused",
}
"""Audit event -> what a policy decided."""
PULLS: Mapping[str, str] = {"usage.permitted": "served", "inventory.received": "received"}
"""Audit event -> which way bytes went."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures(Collector):
    """The node's own figures at one moment."""

    backlog: Backlog
    processes: Mapping[tuple[str, str], int]
    told: Mapping[tuple[str, str], int]

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for."""
        yield GaugeMetricFamily("ionport_outbox_messages", "Messages not acknowledged yet", self.backlog.count)
        yield GaugeMetricFamily("ionport_outbox_oldest_seconds", "Age of the oldest of them", self.backlog.age)
        yield self._states()
        yield self._counter("ionport_decisions", "Decisions of usage policies", "result", DECISIONS, with_code=True)
        yield self._counter("ionport_pulls", "Requests on data", "direction", PULLS)
        yield self._events()

    def _states(self) -> Metric:
        family = GaugeMetricFamily("ionport_processes", "Processes by state", labels=["kind", "state"])
        for (kind, state), count in self.processes.items():
            family.add_metric([kind, state], count)
        return family

    def _counter(
        self, name: str, text: str, label: str, events: Mapping[str, str], *, with_code: bool = False
    ) -> Metric:
        family = CounterMetricFamily(name, text, labels=[label, "code"] if with_code else [label])
        totals: dict[tuple[str, ...], int] = dict.fromkeys(
            ((value, "") if with_code else (value,) for value in events.values()), 0
        )
        for (event, code), count in self.told.items():
            if event in events:
                key = (events[event], code) if with_code else (events[event],)
                totals[key] = totals.get(key, 0) + count
        for labels, total in totals.items():
            family.add_metric(list(labels), total)
        return family

    def _events(self) -> Metric:
        family = CounterMetricFamily("ionport_audit_entries", "Entries of the audit log", labels=["event"])
        totals: dict[str, int] = {}
        for (event, _), count in self.told.items():
            totals[event] = totals.get(event, 0) + count
        for event, total in totals.items():
            family.add_metric([event], total)
        return family


def document(figures: Figures) -> bytes:
    """These figures and those of the process, in Prometheus' text form."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(figures)
    return generate_latest(registry)
