"""Prometheus metrics of servers."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

HANDLED = Counter("reelhouse_rpc_handled", "RPCs answered.", ["method", "code"])
SECONDS = Histogram(
    "reelhouse_rpc_seconds",
    "Seconds from request to answer; streams are left out.",
    ["method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge("reelhouse_rpc_in_flight", "RPCs being served; streams are left out.")
STREAMS = Gauge("reelhouse_rpc_streams", "Streams being served.")
