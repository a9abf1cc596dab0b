"""What Prometheus is told. Labels are events, outcomes and routes; never a repository's name."""

from __future__ import annotations

from dataclasses import field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from analyzers.frozen import dataclass

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The instruments of one process, in a registry of their own."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    deliveries: Counter = field(init=False)
    requests: Histogram = field(init=False)
    jobs: Counter = field(init=False)
    reviews: Counter = field(init=False)
    review_seconds: Histogram = field(init=False)
    queue_depth: Gauge = field(init=False)
    queue_age: Gauge = field(init=False)
    dead_letters: Gauge = field(init=False)
    taken_over: Counter = field(init=False)
    redeliveries: Counter = field(init=False)
    github_calls: Counter = field(init=False)
    rate_limit_left: Gauge = field(init=False)
    rate_limited: Counter = field(init=False)

    def __post_init__(self) -> None:
        here = self.registry

        def make(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        make(
            "deliveries",
            Counter(
                "twostep_deliveries",
                "Webhook deliveries by event and answer",
                ("event", "answer"),
                registry=here,
            ),
        )
        make(
            "requests",
            Histogram(
                "twostep_http_seconds",
                "Answers by route and status",
                ("route", "method", "status"),
                registry=here,
                buckets=_SECONDS,
            ),
        )
        make(
            "jobs",
            Counter("twostep_jobs", "Jobs by kind and outcome", ("kind", "outcome"), registry=here),
        )
        make(
            "reviews",
            Counter("twostep_reviews", "Reviews by verdict", ("verdict",), registry=here),
        )
        make(
            "review_seconds",
            Histogram(
                "twostep_review_seconds",
                "From the start of a review to its verdict",
                registry=here,
                buckets=_SECONDS,
            ),
        )
        make(
            "queue_depth",
            Gauge("twostep_queue_depth", "Jobs that wait, by queue", ("queue",), registry=here),
        )
        make(
            "queue_age",
            Gauge(
                "twostep_queue_age_seconds",
                "How long the oldest job has been waiting beyond its delay",
                registry=here,
            ),
        )
        make(
            "dead_letters",
            Gauge("twostep_dead_letters", "Jobs that failed for good and are kept", registry=here),
        )
        make(
            "taken_over",
            Counter("twostep_taken_over", "Jobs taken over from dead processes", registry=here),
        )
        make(
            "redeliveries",
            Counter("twostep_redeliveries", "Failed deliveries asked for again", registry=here),
        )
        make(
            "github_calls",
            Counter(
                "twostep_github_calls",
                "Requests to GitHub by method and status",
                ("method", "status"),
                registry=here,
            ),
        )
        make(
            "rate_limit_left",
            Gauge(
                "twostep_github_rate_limit_left",
                "Requests left, by installation and resource",
                ("installation", "resource"),
                registry=here,
            ),
        )
        make(
            "rate_limited",
            Counter("twostep_github_rate_limited", "Refusals for going too fast", registry=here),
        )
