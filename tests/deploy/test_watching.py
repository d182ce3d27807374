"""Alerts, dashboards, metrics and their pages: each name in one is a name of the others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from freshwater.watching.chat_relay import body_for, text_of
from freshwater.watching.dashboards import BOARDS, FOLDER, queries, rendered
from freshwater.watching.metrics_table import METRICS_DOCUMENT, document
from shared.metric_list import LABELS, LIST, counter, gauge, histogram, metric

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"))
TESTS = sorted((ROOT / "deploy" / "prometheus" / "tests").glob("*.yml"))
NAMES = re.compile(r"\bfreshwater_[a-z_]+")
KNOWN = {each.name for each in LIST}


def alerts() -> dict[str, dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text("utf-8"))["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def bare(name: str) -> str:
    return name if name in KNOWN else re.sub(r"_(bucket|sum|count)$", "", name)


@pytest.mark.parametrize("query", [rule["expr"] for rule in alerts().values()] + [query for _, query in queries()])
def test_a_query_asks_only_for_metrics_of_the_list_and_their_labels(query: str) -> None:
    assert {bare(name) for name in NAMES.findall(query)} <= KNOWN
    for name, body in re.findall(r"(freshwater_[a-z_]+)\{([^}]*)\}", query):
        assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", body)) <= {*metric_of(bare(name)).labels}


def metric_of(name: str) -> Any:
    return next(each for each in LIST if each.name == name)


def test_every_alert_has_its_entry_in_the_runbook_and_its_unit_test() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    tested = {
        case["alertname"]: case["exp_alerts"]
        for file in TESTS
        for test in yaml.safe_load(file.read_text("utf-8"))["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }

    assert [name for name in alerts() if f"### {name}\n" not in runbook] == []
    assert set(tested) == set(alerts())
    assert set(re.findall(r"^### (\w+)$", runbook, re.MULTILINE)) == set(alerts())


@pytest.mark.parametrize("rule", alerts().values(), ids=alerts())
def test_an_alert_says_who_is_called_and_says_it_in_both_languages(rule: dict[str, Any]) -> None:
    assert rule["labels"]["audience"] in ("technical", "business")
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert re.search(r"[\u4e00-\u9fff]", rule["annotations"]["zh"])
    assert rule["annotations"]["summary"]


def test_the_page_of_metrics_is_made_from_the_list() -> None:
    assert METRICS_DOCUMENT.read_text("utf-8") == document()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_dashboards_file_is_what_the_code_makes(board: Any) -> None:
    assert (FOLDER / f"{board.uid}.json").read_text("utf-8") == rendered(board)
    panels = json.loads(rendered(board))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("declared", LIST, ids=lambda each: each.name)
def test_a_metric_is_named_as_prometheus_wants_it(declared: Any) -> None:
    assert declared.name.startswith("freshwater_")
    assert declared.name.endswith("_total") == (declared.kind == "counter")
    assert set(declared.labels) <= LABELS.keys()


def test_what_is_not_on_the_list_cannot_be_made() -> None:
    for make in (counter, gauge, histogram):
        with pytest.raises(LookupError, match="declared there first"):
            make("freshwater_invented_total")
    with pytest.raises(LookupError, match="no gauge"):
        metric("freshwater_events_processed_total", "gauge")


def test_an_alert_reads_well_in_a_work_chat() -> None:
    said = {
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "DeadLetters"},
                "annotations": {"zh": "有死信", "summary": "2"},
            },
            {"status": "resolved", "labels": {"alertname": "ServiceDown"}, "annotations": {}},
        ]
    }

    assert text_of(said).splitlines() == [
        "[告警 firing] DeadLetters: 有死信 / 2",
        "[已恢复 resolved] ServiceDown:  / ",
    ]
    assert body_for("https://open.feishu.cn/open-apis/bot/v2/hook/x", "t") == {
        "msg_type": "text",
        "content": {"text": "t"},
    }
    assert body_for("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", "t")["msgtype"] == "text"
