"""Writes the files of deploy/ that are made from others:

    monitoring [--check]

- deploy/monitoring/dashboard.json, a Grafana dashboard, which is described below;
- deploy/monitoring/prometheusrule.yaml and deploy/helm/files/alerts.yaml, from deploy/monitoring/alerts.yaml.

With --check, nothing is written, and files that are not up to date are named; exit code 1."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Iterator

from testbed.processes import REPOSITORY

Object = dict[str, Any]

FOLDER = REPOSITORY / "deploy/monitoring"
ALERTS = FOLDER / "alerts.yaml"
DATASOURCE: Object = {"type": "prometheus", "uid": "${datasource}"}
# What every query selects by. In the queries below it is @.
SELECTOR = 'job=~"$job", instance=~"$instance"'
COLORS = {"ready": "green", "unready": "orange", "failing": "red", "waiting": "blue"}

# MARK: Panels


def panel(kind: str, title: str, width: int, height: int, description: str, **more: Any) -> Object:
    return {
        "type": kind, "title": title, "description": description, "datasource": DATASOURCE,
        "gridPos": {"w": width, "h": height}, **more,
    }  # fmt: skip


def target(letter: str, expression: str, legend: str = "", **more: Any) -> Object:
    return {
        "refId": letter, "datasource": DATASOURCE, "expr": expression.replace("@", SELECTOR),
        "legendFormat": legend or "__auto", "editorMode": "code", **more,
    }  # fmt: skip


def targets(*rows: tuple[str, str], **more: Any) -> list[Object]:
    """Each row is a query and its legend."""
    return [target(chr(ord("A") + index), *row, **more) for index, row in enumerate(rows)]


def number(
    title: str, expression: str, description: str, unit: str = "short",
    steps: tuple[tuple[float | None, str], ...] = ((None, "text"),), **options: Any,
) -> Object:  # fmt: skip
    """One figure: `steps` are the limits from which on it has a colour."""
    thresholds = {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}
    return panel(
        "stat", title, 3, 4, description,
        fieldConfig={"defaults": {"unit": unit, "thresholds": thresholds}, "overrides": []},
        options={"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area", **options},
        targets=[target("A", expression, instant=False)],
    )  # fmt: skip


def graph(
    title: str, description: str, *rows: tuple[str, str], unit: str = "short", stacked: bool = False,
    width: int = 12, colors: dict[str, str] | None = None,
) -> Object:  # fmt: skip
    custom = {
        "drawStyle": "line", "fillOpacity": 30 if stacked else 5, "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none"},
    }  # fmt: skip
    overrides = [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
        }
        for name, color in (colors or {}).items()
    ]
    return panel(
        "timeseries", title, width, 8, description,
        fieldConfig={"defaults": {"unit": unit, "min": 0, "custom": custom}, "overrides": overrides},
        options={
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        targets=targets(*rows),
    )  # fmt: skip


def quantiles(metric: str, *labels: str) -> tuple[tuple[str, str], ...]:
    """The queries of a duration's median, and of what 5 % of the durations exceed."""
    by = ", ".join(["le", *labels])
    prefix = "".join(f"{{{{{label}}}}} " for label in labels)
    return tuple(
        (f"histogram_quantile({share}, sum by ({by}) (rate({metric}_bucket{{@}}[$__rate_interval])))", prefix + name)
        for share, name in ((0.5, "median"), (0.95, "95 %"))
    )


def rate(metric: str, *labels: str) -> str:
    return f"sum by ({', '.join(labels)}) (rate({metric}{{@}}[$__rate_interval]))"


def mean(metric: str, label: str) -> str:
    """The mean since the start: what a series begins with, a rate would miss."""
    total, number = (f"sum by ({label}) ({metric}_{part}{{@}})" for part in ("sum", "count"))
    return f"{total} / {number}"


def limited(what: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"sum(image_puller_{what}_{name}{{@}})", legend)
        for name, legend in (("in_flight", "in flight"), ("queued", "queued"), ("limit", "limit"))
    )


def cluster_table() -> Object:
    columns = (
        ("state", "max by (cluster, state, reason) (image_puller_cluster_state{@, state=~\"$state\"} == 1)"),
        ("Nodes ready", "max by (cluster) (image_puller_cluster_nodes_ready{@})"),
        ("Nodes desired", "max by (cluster) (image_puller_cluster_nodes_desired{@})"),
        ("Last success", "time() - max by (cluster) (image_puller_cluster_last_success_timestamp_seconds{@})"),
        ("Failures in a row", "max by (cluster) (image_puller_cluster_consecutive_failures{@})"),
        ("Replacements", "sum by (cluster) (image_puller_cluster_replacements_total{@})"),
        ("Stuck", "max by (cluster) (image_puller_cluster_stuck{@})"),
    )  # fmt: skip
    letters = [chr(ord("A") + index) for index in range(len(columns))]
    hidden = {"Time": True, "Value #A": True, **{f"Time {index}": True for index in range(1, len(columns) + 1)}}
    renamed = {f"Value #{letter}": title for letter, (title, _) in zip(letters[1:], columns[1:])}
    names = {"cluster": "Cluster", "state": "State", "reason": "Reason", **renamed}
    age = {"matcher": {"id": "byName", "options": "Last success"}, "properties": [{"id": "unit", "value": "s"}]}
    return panel(
        "table", "Clusters", 24, 14, "Empty if there are no metrics of each cluster: see METRICS_PER_CLUSTER.",
        fieldConfig={"defaults": {"custom": {"filterable": True}}, "overrides": [age]},
        options={"sortBy": [{"displayName": "Failures in a row", "desc": True}], "footer": {"show": False}},
        targets=[
            target(letter, expression, format="table", instant=True)
            for letter, (_, expression) in zip(letters, columns)
        ],
        transformations=[
            {"id": "joinByField", "options": {"byField": "cluster", "mode": "outer"}},
            # A cluster in another state has a row without one.
            {
                "id": "filterByValue",
                "options": {
                    "type": "exclude", "match": "any",
                    "filters": [{"fieldName": "state", "config": {"id": "isNull", "options": {}}}],
                },
            },
            {"id": "organize", "options": {"excludeByName": hidden, "renameByName": names}},
        ],
    )  # fmt: skip


GOOD_IF_ZERO = ((None, "green"), (1, "orange"))
BAD_IF_NOT_ZERO = ((None, "green"), (1, "red"))
ROWS: dict[str, list[Object]] = {
    "Fleet": [
        number("Clusters", "sum(image_puller_clusters{@})", "All that the puller looks after."),
        number(
            "Ready", 'sum(image_puller_clusters{@, state="ready"}) / sum(image_puller_clusters{@})',
            "Share of the clusters whose DaemonSet is ready on all nodes.", "percentunit",
            ((None, "red"), (0.9, "orange"), (0.99, "green")),
        ),
        number(
            "Not ready", 'sum(image_puller_clusters{@, state="unready"})',
            "Clusters that answer, and whose DaemonSet is not ready on all nodes.", steps=GOOD_IF_ZERO,
        ),
        number(
            "Failing", 'sum(image_puller_clusters{@, state="failing"})',
            "Clusters whose last check failed. They keep the images that they have.", steps=BAD_IF_NOT_ZERO,
        ),
        number(
            "Waiting", 'sum(image_puller_clusters{@, state="waiting"})',
            "Clusters that have not been checked since the start.", steps=((None, "blue"),),
        ),
        number(
            "Stuck", "sum(image_puller_clusters_stuck{@})",
            "Clusters that are not looked after any more: see ImagePullerWorkerStuck in the runbook.",
            steps=BAD_IF_NOT_ZERO,
        ),
        number(
            "In backoff", "sum(image_puller_clusters_in_backoff{@})",
            "Clusters that wait for the next try after a failure.", steps=GOOD_IF_ZERO,
        ),
        number(
            "Version", "max by (version) (image_puller_build_info{@})", "", graphMode="none", textMode="name",
        ),
        graph(
            "Clusters by state", "", ("sum by (state) (image_puller_clusters{@})", "{{state}}"),
            stacked=True, colors=COLORS,
        ),
        graph(
            "What is wrong", "Clusters that fail or are not ready, by reason. The runbook has a section for each.",
            (
                'sum by (state, reason) (image_puller_clusters{@, state=~"failing|unready"}) > 0',
                "{{state}}: {{reason}}",
            ),
            stacked=True,
        ),
        graph(
            "Shared faults and files",
            "Clusters with a trouble that many share; and files of users or images that change nothing at present,"
            " because they would remove too many or cannot be used.",
            ("sum by (reason) (image_puller_shared_fault_clusters{@})", "shared: {{reason}}"),
            ("max by (file) (image_puller_file_braked{@})", "{{file}}: would remove too many"),
            ("max by (file) (image_puller_file_unusable{@})", "{{file}}: cannot be used"),
            width=8,
        ),
        graph("Checks", "Checks of clusters that ended, per second.",
              (rate("image_puller_reconciles_total", "outcome"), "{{outcome}}"), unit="ops", width=8, stacked=True),
        graph("Duration of checks", "With rollouts, which take as long as the pulls do.",
              *quantiles("image_puller_reconcile_duration_seconds"), unit="s", width=8),
    ],
    "Requests": [
        graph("Requests", "Per second, by verb and HTTP status, or the reason why there was no answer.",
              (rate("image_puller_requests_total", "verb", "code"), "{{verb}} {{code}}"), unit="reqps", stacked=True),
        graph("Duration of requests", "Without watches.",
              *quantiles("image_puller_request_duration_seconds", "verb"), unit="s"),
        graph("Requests at a time",
              "Those that are queued wait because of MAX_CONCURRENT_REQUESTS. Overdue: without an answer for long.",
              *limited("requests"), ("sum(image_puller_requests_overdue{@})", "overdue"), width=8),
        graph("Token fetches", "Per second.",
              (rate("image_puller_token_fetches_total", "result"), "{{result}}"), unit="ops", width=8,
              colors={"success": "green", "failure": "red"}),
        graph("Token", "",
              ("image_puller_token_expiry_timestamp_seconds{@} - time()", "expires in"),
              ("time() - image_puller_token_fetched_timestamp_seconds{@}", "age"), unit="s", width=8),
    ],
    "Rollouts": [
        graph("Rollouts at a time", "Those that are queued wait because of MAX_CONCURRENT_ROLLOUTS.",
              *limited("rollouts")),
        graph("Replacements", "DaemonSets that were begun to be replaced, in each hour.",
              ("sum by (reason) (increase(image_puller_replacements_total{@}[1h]))", "{{reason}}"),
              stacked=True),
        graph("Images", "Nodes by what they have of each image, where pods are read (POD_STATUS).",
              ('sum by (image, state) (image_puller_image_nodes{@, state!="present"}) > 0', "{{image}} {{state}}"),
              ('sum(image_puller_image_nodes{@, state="present"})', "all present")),
        graph("Pulls", "How long a node took to pull each image, on average since the puller started (PULL_TIMES).",
              (mean("image_puller_image_pull_seconds", "image"), "{{image}}"), unit="s"),
    ],
    "Process": [
        graph("CPU", "Cores.", ("rate(process_cpu_seconds_total{@}[$__rate_interval])", "{{instance}}"), width=6),
        graph("Memory", "", ("process_resident_memory_bytes{@}", "{{instance}} resident"), unit="bytes", width=6),
        graph("Open files", "", ("process_open_fds{@}", "{{instance}} open"),
              ("process_max_fds{@}", "{{instance}} limit"), width=6),
        graph("Starts and the log", "In each hour.",
              ("changes(process_start_time_seconds{@}[1h])", "{{instance}} started again"),
              ("increase(image_puller_log_lines_dropped_total{@}[1h])", "{{instance}} lines dropped"), width=6),
    ],
    "Each cluster": [cluster_table()],
}  # fmt: skip

# MARK: The dashboard


def placed() -> Iterator[Object]:
    """The rows and their panels, from left to right and from top to bottom."""
    number, y = 1, 0
    for title, panels in ROWS.items():
        yield {
            "id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
        }  # fmt: skip
        number, x, y, height = number + 1, 0, y + 1, 0
        for one in panels:
            size = one["gridPos"]
            if x + size["w"] > 24:
                x, y, height = 0, y + height, 0
            yield {**one, "id": number, "gridPos": {"x": x, "y": y, **size}}
            number, x, height = number + 1, x + size["w"], max(height, size["h"])
        y += height


def variable(name: str, label: str, query: str) -> Object:
    return {
        "type": "query", "name": name, "label": label, "datasource": DATASOURCE, "refresh": 2, "sort": 1,
        "query": {"query": query, "refId": name}, "definition": query,
        "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip


def dashboard() -> Object:
    states = {
        "type": "custom", "name": "state", "label": "State of each cluster", "query": ",".join(reversed(COLORS)),
        "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip
    variables = [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus"},
        variable("job", "Job", "label_values(image_puller_build_info, job)"),
        variable("instance", "Instance", 'label_values(image_puller_build_info{job=~"$job"}, instance)'),
        states,
    ]
    return {
        "title": "Kubernetes Image Puller", "uid": "kubernetes-image-puller", "tags": ["kubernetes"],
        "schemaVersion": 37, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"}, "templating": {"list": variables}, "panels": list(placed()),
    }  # fmt: skip


# MARK: The files

RULE_HEAD = """\
# The alert rules for Prometheus Operator: alerts.yaml in an object, written by scripts/monitoring.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: kubernetes-image-puller
  labels:
    app: kubernetes-image-puller
spec:
"""


def files() -> dict[str, str]:
    """The text of each file, by its path."""
    alerts = ALERTS.read_text()
    indented = "".join(f"  {line}" if line.strip() else line for line in alerts.splitlines(keepends=True))
    return {
        "deploy/monitoring/dashboard.json": json.dumps(dashboard(), indent=2) + "\n",
        "deploy/monitoring/prometheusrule.yaml": RULE_HEAD + indented,
        "deploy/helm/files/alerts.yaml": alerts,
    }


def outdated() -> list[str]:
    return [
        path for path, text in files().items()
        if not (REPOSITORY / path).exists() or (REPOSITORY / path).read_text() != text
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    wrong = outdated()
    if parser.parse_args().check:
        if wrong:
            sys.exit(f"monitoring: not up to date: {', '.join(wrong)}; run scripts/monitoring")
        return
    for path in wrong:
        (REPOSITORY / path).parent.mkdir(parents=True, exist_ok=True)
        (REPOSITORY / path).write_text(files()[path])
        print(path)
