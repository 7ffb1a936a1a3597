"""Reads the demo's report from standard input and checks that it says what the demo promises."""

import json
import sys

report = json.load(sys.stdin)

INTEGERS = [
    "requests",
    "streams",
    "user_errors",
    "primary_calls_in_outage",
    "requests_in_outage",
    "cut_streams",
    "cut_streams_completed",
]
DURATIONS = [
    "first_failover_ms",
    "p50_ms",
    "p99_ms",
    "p50_ms_in_outage",
    "p99_ms_in_outage",
    "recovered_after_ms",
]

for name in INTEGERS:
    assert isinstance(report[name], int), f"{name} is no whole number: {report[name]!r}"
for name in DURATIONS:
    assert isinstance(report[name], (int, float)), f"{name} is no number: {report[name]!r}"

assert report["user_errors"] == 0, "a caller saw an error"
assert report["requests"] >= 30 * 15, "too little traffic to mean anything"
assert 0 < report["streams"] < report["requests"], "traffic is not mixed"
assert report["requests_in_outage"] > 0, "there was no outage"
assert report["primary_calls_in_outage"] < report["requests_in_outage"] / 2, "the dead primary was hammered"
assert report["cut_streams"] > 0, "no stream was cut"
assert report["cut_streams_completed"] == report["cut_streams"], "a cut stream was not completed"
assert sum(report["served_by"].values()) >= report["requests"], "replies are missing from the account"
assert len(report["served_by"]) == 2, "both providers should have served"

print(f"demo: {report['requests']} requests, {report['user_errors']} errors, "
      f"{report['cut_streams_completed']} of {report['cut_streams']} cut streams completed")
