"""What Prometheus may ask: requests, answers, jobs, messages, and how long the queue is."""

from prometheus_client import Counter, Histogram

requests = Counter("huisheng_requests", "HTTP requests by route and status class", ["route", "status"])
request_seconds = Histogram(
    "huisheng_request_seconds",
    "Seconds from request to response by route",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
job_seconds = Histogram(
    "huisheng_job_seconds",
    "Seconds a handler or job took",
    ["name"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300),
)
answers = Counter("huisheng_answers", "Answers accepted", ["survey"])
messages = Counter(
    "huisheng_messages", "Messages by channel and how their sending ended", ["channel", "state"]
)
