"""Checks deploy/monitoring, and that docs/runbook.md has a section for everything that can be looked up there.

    test-monitoring [-v] [NAME...]        (as unittest)

Needs promtool (Debian: prometheus). Exit code 3: there is none; the reason is printed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Iterator, NamedTuple

import yaml

from testbed import monitoring
from testbed.monitoring import FOLDER, Object
from testbed.processes import REPOSITORY

NAME = r"[a-z][a-z0-9_]*"
# What Prometheus or Prometheus Operator adds to every series.
TARGET = {"job", "instance", "namespace"}


def promtool(*arguments: str | Path) -> str:
    """Its output; it must succeed."""
    process = subprocess.run(
        ["promtool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    if process.returncode != 0:
        raise AssertionError(f"promtool {arguments[0]} {arguments[1]}: {process.stdout}")
    return process.stdout


def page(name: str) -> str:
    return (REPOSITORY / "docs" / name).read_text()


def table_rows(text: str) -> Iterator[dict[str, str]]:
    """The rows of all tables of a page: each cell by the head of its column."""
    head: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not head:
            head = cells
        elif not set(cells[0]) <= set("-: "):
            yield dict(zip(head, cells))


def quoted(cell: str) -> list[str]:
    """What stands between back-ticks."""
    return re.findall(r"`([^`]+)`", cell)


# MARK: Metrics


class Metric(NamedTuple):
    type: str
    labels: set[str]


def documented_metrics() -> dict[str, Metric]:
    """The metrics of docs/metrics.md, which a test of the program compares with the code."""
    found: dict[str, Metric] = {}
    for row in table_rows(page("metrics.md")):
        for name in quoted(row.get("Metric", "")):
            found[name] = Metric(row["Type"], set(quoted(row["Labels"])))
    return found


# The types that count and add up.
SUMS = ("histogram", "summary")
METRICS_ELSEWHERE = {"up": Metric("gauge", set())}


class Use(NamedTuple):
    """A metric in a query."""

    name: str
    labels: dict[str, str]


def matchers(text: str) -> dict[str, str]:
    return dict(re.findall(rf'({NAME})\s*(?:=~|!~|!=|=)\s*"([^"]*)"', text))


def uses(expression: str) -> list[Use]:
    """The metrics of a query, with what they are selected by."""
    # Apart from labels in brackets and texts in quotation marks.
    braces = re.compile(r"\{[^}]*\}")
    bare = re.sub(r"\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)", "", expression)
    found = []
    for match in re.finditer(rf"\b((?:image_puller|process)_{NAME[5:]}|up)\b\s*(\{{[^}}]*\}})?", bare):
        found.append(Use(match.group(1), matchers(match.group(2) or "")))
    outside = braces.sub("", bare)
    assert len(found) == len(re.findall(r"\b(?:(?:image_puller|process)_\w+|up)\b", outside)), expression
    return found


def groupings(expression: str) -> set[str]:
    lists = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression)
    return {label for text in lists for label in re.findall(NAME, text)}


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.metrics = {**documented_metrics(), **METRICS_ELSEWHERE}
        rows = table_rows(page("metrics.md"))
        cls.words = {word for row in rows for cell in row.values() for word in quoted(cell)}

    metrics: dict[str, Metric]
    words: set[str]

    def metric(self, name: str) -> Metric:
        """The metric of a series; those of a histogram or a summary have names of their own."""
        for suffix, types in (("_bucket", ("histogram",)), ("_sum", SUMS), ("_count", SUMS)):
            base = self.metrics.get(name.removesuffix(suffix))
            if name.endswith(suffix) and base and base.type in types:
                return Metric(base.type, base.labels | ({"le"} if suffix == "_bucket" else set()))
        self.assertIn(name, self.metrics, "docs/metrics.md has no such metric")
        self.assertNotIn(self.metrics[name].type, SUMS, f"{name} has no series of that name")
        return self.metrics[name]

    def check_query(self, expression: str) -> set[str]:
        """Checks metrics, labels and values, and returns the labels that there are."""
        labels = set(TARGET)
        found = uses(expression)
        self.assertTrue(found, f"there is no metric in {expression}")
        for use in found:
            metric = self.metric(use.name)
            labels |= metric.labels
            if re.search(rf"\b(rate|increase)\({use.name}\b", expression):
                self.assertIn(metric.type, ("counter", *SUMS), expression)
            self.assertLessEqual(set(use.labels), metric.labels | TARGET, f"labels of {use.name} in {expression}")
            for label, values in use.labels.items():
                for value in values.split("|"):
                    if label not in TARGET and not value.startswith("$"):
                        self.assertTrue(not value or value in self.words, f'{label}="{value}" in {expression}')
        self.assertLessEqual(groupings(expression), labels, expression)
        return labels


# MARK: Alerts


def alerts() -> list[Object]:
    document = yaml.safe_load((FOLDER / "alerts.yaml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


class AlertTests(Case):
    """The alert rules."""

    tests: list[Object] = yaml.safe_load((FOLDER / "alerts.test.yaml").read_text())["tests"]

    def test_promtool_finds_no_error(self) -> None:
        for file in ("deploy/monitoring/alerts.yaml", "deploy/helm/files/alerts.yaml"):
            self.assertIn(f"SUCCESS: {len(alerts())} rules", promtool("check", "rules", REPOSITORY / file))

    def test_each_alert_fires_when_it_should_and_not_otherwise(self) -> None:
        promtool("test", "rules", FOLDER / "alerts.test.yaml")
        fires: set[str] = set()
        rests: set[str] = set()
        for case in (case for test in self.tests for case in test.get("alert_rule_test", [])):
            (fires if case["exp_alerts"] else rests).add(case["alertname"])
        names = {rule["alert"] for rule in alerts()}
        self.assertEqual(fires, names, "alerts that a test expects")
        self.assertEqual(rests, names, "alerts that a test expects not to fire")

    def test_each_alert_says_how_much_it_matters_what_is_wrong_and_where_to_read_on(self) -> None:
        for rule in alerts():
            with self.subTest(alert=rule["alert"]):
                self.assertEqual(set(rule["labels"]), {"severity"})
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook"})
                self.assertIn("{{", rule["annotations"]["description"])
                self.assertEqual(rule["annotations"]["runbook"], f"docs/runbook.md#{rule['alert'].lower()}")

    def test_every_metric_and_label_exists(self) -> None:
        for rule in alerts():
            with self.subTest(alert=rule["alert"]):
                labels = self.check_query(rule["expr"])
                texts = " ".join(rule["annotations"].values())
                self.assertLessEqual(set(re.findall(rf"\$labels\.({NAME})", texts)), labels)

    def test_the_series_of_the_tests_are_those_of_the_puller(self) -> None:
        for series in (one["series"] for test in self.tests for one in test["input_series"]):
            with self.subTest(series=series):
                name, labels = series.split("{")[0], matchers(series)
                self.assertEqual(set(labels) - TARGET, self.metric(name).labels)

    def test_the_files_that_are_made_from_others_are_up_to_date(self) -> None:
        self.assertEqual(monitoring.outdated(), [], "run scripts/monitoring")
        made = yaml.safe_load((FOLDER / "prometheusrule.yaml").read_text())
        self.assertEqual(made["spec"], yaml.safe_load((FOLDER / "alerts.yaml").read_text()))


# MARK: The dashboard


class DashboardTests(Case):
    """The Grafana dashboard."""

    dashboard: Object = json.loads((FOLDER / "dashboard.json").read_text())
    panels: list[Object] = dashboard["panels"]

    def queries(self) -> Iterator[tuple[str, Object]]:
        for panel in self.panels:
            for target in panel.get("targets", []):
                yield panel["title"], target

    def test_every_query_can_be_parsed(self) -> None:
        rules = [
            {"record": f"query:{number}", "expr": re.sub(r"\$__rate_interval", "5m", target["expr"])}
            for number, (_, target) in enumerate(self.queries())
        ]
        self.assertGreater(len(rules), 30)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"groups": [{"name": "queries", "rules": rules}]}, file)
            file.flush()
            self.assertIn(f"SUCCESS: {len(rules)} rules", promtool("check", "rules", file.name))

    def test_every_metric_and_label_exists(self) -> None:
        for title, target in self.queries():
            with self.subTest(panel=title, query=target["expr"]):
                labels = self.check_query(target["expr"])
                self.assertLessEqual(set(re.findall(rf"{{{{({NAME})}}}}", target["legendFormat"])), labels)
                for use in uses(target["expr"]):
                    self.assertEqual((use.labels["job"], use.labels["instance"]), ("$job", "$instance"))

    def test_every_variable_is_defined_and_selects_by_a_metric_that_exists(self) -> None:
        variables = {one["name"]: one for one in self.dashboard["templating"]["list"]}
        used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(self.panels)))
        self.assertEqual(used, set(variables))
        for one in variables.values():
            if one["type"] == "query":
                self.check_query(re.sub(r"label_values\((.*), \w+\)", r"\1", one["query"]["query"]))

    def test_panels_have_ids_of_their_own_and_do_not_overlap(self) -> None:
        self.assertEqual(len({panel["id"] for panel in self.panels}), len(self.panels))
        cells: set[tuple[int, int]] = set()
        for panel in self.panels:
            at = panel["gridPos"]
            covered = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & covered, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24)
            cells |= covered

    def test_there_is_a_row_for_each_side_of_the_puller(self) -> None:
        rows = [panel["title"] for panel in self.panels if panel["type"] == "row"]
        self.assertEqual(rows, ["Fleet", "Requests", "Rollouts", "Process", "Each cluster"])


# MARK: The runbook


class RunbookTests(unittest.TestCase):
    """docs/runbook.md."""

    maxDiff = None

    @staticmethod
    def sections() -> dict[str, str]:
        parts = re.split(r"^### (.*)$", page("runbook.md"), flags=re.MULTILINE)[1:]
        names = parts[::2]
        assert len(names) == len(set(names)), f"twice: {[name for name in names if names.count(name) > 1]}"
        return {name: text.split("\n## ")[0] for name, text in zip(names, parts[1::2])}

    @staticmethod
    def reasons() -> set[str]:
        """Those of docs/log.md, which a test of the program compares with the code."""
        rows = list(table_rows(page("log.md")))
        found = [name for row in rows for name in quoted(row.get("`reason`", ""))]
        return {name for name in found if re.fullmatch(r"[A-Z]\w+", name)}

    def test_has_a_section_for_every_alert_and_every_reason_and_for_nothing_else(self) -> None:
        self.assertGreater(len(self.reasons()), 50)
        wanted, found = self.reasons() | {rule["alert"] for rule in alerts()}, set(self.sections())
        self.assertEqual((wanted - found, found - wanted), (set(), set()), "(sections that lack, that are too many)")

    def test_says_in_each_section_what_to_do(self) -> None:
        for name, text in self.sections().items():
            with self.subTest(section=name):
                self.assertIn("**What to do**", text)
                self.assertGreater(len(text), 150)

    def test_names_only_variables_that_exist(self) -> None:
        known = {name for row in table_rows(page("configuration.md")) for name in quoted(row.get("Variable", ""))}
        self.assertGreater(len(known), 40)
        for word in re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)", page("runbook.md")):
            with self.subTest(variable=word):
                self.assertTrue(any(name.startswith(word) for name in known))


def main() -> None:
    if not shutil.which("promtool"):
        print("there is no promtool on the PATH (Debian: apt-get install prometheus)", file=sys.stderr)
        sys.exit(3)
    unittest.main(module="testbed.monitoring_tests")
