"""`freshwater dashboards`: Grafana's dashboards, made by code from the list of metrics; a panel is one line here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from freshwater.places import CHECKOUT

FOLDER = CHECKOUT / "deploy" / "grafana" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "freshwater"}
WIDTH, HEIGHT, COLUMNS = 8, 7, 3


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: its title in both languages, queries with their legends, unit as Grafana calls it."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


def _p(quantile: str, label: str, histogram: str) -> str:
    """A quantile over five minutes, by one label."""
    return f"histogram_quantile({quantile}, sum by ({label}, le) (rate({histogram}_bucket[5m])))"


def _one(title: str, query: str, legend: str = "", unit: str = "short", kind: str = "timeseries") -> Panel:
    return Panel(title, ((query, legend),), unit, kind)


PATH = Board(
    "freshwater-path",
    "Freshwater: the path (主线)",
    (
        _one(
            "Events a second 每秒事件", "sum by (service) (rate(freshwater_events_processed_total[5m]))", "{{service}}"
        ),
        _one(
            "Not decided 未作决定",
            'sum by (service, outcome) (rate(freshwater_events_processed_total{outcome!="decided"}[5m]))',
            "{{service}} {{outcome}}",
        ),
        _one(
            "Age when answered, p99 处理时事件年龄",
            _p("0.99", "service", "freshwater_event_age_seconds"),
            "{{service}}",
            "s",
        ),
        _one(
            "Time of a batch, p99 批次用时",
            _p("0.99", "service", "freshwater_batch_duration_seconds"),
            "{{service}}",
            "s",
        ),
        _one("Behind 积压", "freshwater_group_lag_records", "{{service}}"),
        _one(
            "Since the last batch 距上一批次",
            "time() - max by (service) (freshwater_last_event_processed_timestamp_seconds > 0)",
            "{{service}}",
            "s",
        ),
        _one(
            "Records in a batch 每批条数",
            "sum by (service) (rate(freshwater_batch_records_sum[5m]))"
            " / sum by (service) (rate(freshwater_batch_records_count[5m]))",
            "{{service}}",
        ),
        _one(
            "Batches taken again 重做批次", "sum by (service) (rate(freshwater_batches_stale_total[5m]))", "{{service}}"
        ),
        _one(
            "Published a second 每秒发布", "sum by (topic) (rate(freshwater_events_published_total[5m]))", "{{topic}}"
        ),
        Panel(
            "Clocks: since the sweeper and the canary 时限巡检",
            (
                ("time() - max by (service) (freshwater_sweeper_last_run_timestamp_seconds)", "sweeper {{service}}"),
                (
                    "time() - max by (service) (freshwater_canary_last_round_timestamp_seconds > 0)",
                    "canary {{service}}",
                ),
            ),
            "s",
        ),
        _one(
            "Deadlines fired 触发的时限", "sum by (service) (rate(freshwater_deadlines_fired_total[5m]))", "{{service}}"
        ),
        _one("Dead letters that wait 待处理死信", "freshwater_dead_letters_waiting", "{{service}}"),
        Panel(
            "The books 账目",
            (
                ("max by (balance) (abs(freshwater_books_difference)) > 0", "out: {{balance}}"),
                ("sum(freshwater_books_in_flight)", "in flight 在途"),
                ("sum(abs(freshwater_books_difference))", "difference 差额"),
            ),
        ),
        _one("Books: time of a run 核对用时", "max(freshwater_books_run_seconds)", "", "s"),
        _one("Catalogue release in use 目录版本", "max by (service) (freshwater_catalogue_release)", "{{service}}"),
    ),
)
CAMPAIGN = Board(
    "freshwater-campaign",
    "Freshwater: the campaign (服务月)",
    (
        _one("Demands by state 需求状态", "freshwater_demands", "{{state}}"),
        _one(
            "Came into a state, an hour 每小时进入",
            "sum by (state) (increase(freshwater_matching_entered_total[1h]))",
            "{{state}}",
        ),
        _one(
            "Decisions of matching 撮合决定", "sum by (event) (rate(freshwater_matching_said_total[5m]))", "{{event}}"
        ),
        _one("Referrals by state 推荐状态", "sum by (state) (freshwater_referrals)", "{{state}}"),
        _one("Open referrals by bank 各机构待受理", 'sum by (bank) (freshwater_referrals{state="open"})', "{{bank}}"),
        _one("Referrals past their time 逾期推荐", "max(freshwater_referrals_overdue)"),
        _one("Cases by state 会办状态", "max by (state) (freshwater_cases)", "{{state}}"),
        Panel(
            "Cases that need a look 需关注的会办",
            (
                ("max(freshwater_cases_overdue)", "overdue 逾期"),
                ("max(freshwater_cases_catch_all)", "nobody found 无主管"),
                ("max(freshwater_cases_without_deadline)", "no deadline 无时限"),
            ),
        ),
        _one("Units not seen for three days 三天未办单位", "max(freshwater_units_unseen)"),
        _one(
            "Claims refused, by rule 被拒申报",
            "sum by (rule) (increase(freshwater_matching_refused_total[1h]))",
            "{{rule}}",
        ),
        _one(
            "Notices written 生成通知",
            "sum by (audience, channel) (rate(freshwater_deliveries_recorded_total[5m]))",
            "{{audience}} {{channel}}",
        ),
        _one(
            "Attempts by outcome 投递结果",
            "sum by (channel, outcome) (rate(freshwater_deliveries_ended_total[5m]))",
            "{{channel}} {{outcome}}",
        ),
        _one(
            "Time of an attempt, p95 投递用时",
            _p("0.95", "channel", "freshwater_delivery_attempt_duration_seconds"),
            "{{channel}}",
            "s",
        ),
        _one(
            "Identities opened 身份查看",
            "sum by (outcome) (increase(freshwater_disclosures_opened_total[1h]))",
            "{{outcome}}",
        ),
        _one(
            "Acts at the desk 工作台办理",
            "sum by (act, outcome) (increase(freshwater_desk_acts_total[1h]))",
            "{{act}} {{outcome}}",
        ),
    ),
)
MACHINES = Board(
    "freshwater-machines",
    "Freshwater: gate, pages, machines (网关与主机)",
    (
        _one("Members that answer 在线成员", 'sum by (job) (up{job!~"prometheus|alertmanager"})', "{{job}}"),
        _one(
            "Gate: requests by status 网关请求",
            "sum by (status) (rate(freshwater_intake_requests_total[5m]))",
            "{{status}}",
        ),
        _one(
            "Gate: answer, p99 网关用时",
            _p("0.99", "route", "freshwater_intake_request_duration_seconds"),
            "{{route}}",
            "s",
        ),
        _one(
            "Gate: events by outcome 网关事件",
            "sum by (outcome) (rate(freshwater_intake_http_events_total[5m]))",
            "{{outcome}}",
        ),
        _one(
            "Native doors: since they were emptied 通道清除",
            "time() - max(freshwater_intake_doors_last_purge_timestamp_seconds > 0)",
            "",
            "s",
        ),
        _one("Desk: page, p99 页面用时", _p("0.99", "address", "freshwater_desk_page_seconds"), "{{address}}", "s"),
        _one("Desk: signing in 登录", "sum by (outcome) (increase(freshwater_desk_sign_ins_total[1h]))", "{{outcome}}"),
        _one("Memory 内存", "process_resident_memory_bytes", "{{job}} {{instance}}", "bytes"),
        _one("Processor 处理器", "rate(process_cpu_seconds_total[5m])", "{{job}} {{instance}}"),
        _one(
            "Volumes: free 剩余空间",
            "freshwater_volume_free_bytes / freshwater_volume_size_bytes",
            "{{volume}}",
            "percentunit",
        ),
        _one("Since the newest backup 距最近备份", "time() - (freshwater_backup_last_timestamp_seconds > 0)", "", "s"),
        _one(
            "Certificates: time left 证书剩余",
            "freshwater_certificate_expires_timestamp_seconds - time()",
            "{{certificate}}",
            "s",
        ),
        _one("Calendar: time left 日历剩余", "freshwater_workdays_end_timestamp_seconds - time()", "", "s"),
        _one("Open files 打开的文件", "process_open_fds / process_max_fds", "{{job}}", "percentunit"),
        _one("Alerts that fire 当前告警", 'sum by (alertname) (ALERTS{alertstate="firing"})', "{{alertname}}"),
    ),
)
BOARDS = (PATH, CAMPAIGN, MACHINES)


def dashboards(
    output: Annotated[Path, typer.Option(help="The folder that they go to.", show_default="deploy/grafana")] = FOLDER,
) -> None:
    """Write every dashboard as JSON, and print their names."""
    output.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        (output / f"{board.uid}.json").write_text(rendered(board), "utf-8")
        typer.echo(f"{board.uid}: {len(board.panels)} panels")


def rendered(board: Board) -> str:
    """The dashboard as its file holds it."""
    return json.dumps(_board(board), ensure_ascii=False, indent=1) + "\n"


def queries() -> list[tuple[str, str]]:
    """Every query that a panel asks, with the panel's title."""
    return [(panel.title, query) for board in BOARDS for panel in board.panels for query, _ in panel.queries]


def _board(board: Board) -> dict[str, Any]:
    return {
        "uid": board.uid,
        "title": board.title,
        "tags": ["freshwater"],
        "timezone": "browser",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": [_panel(number, panel) for number, panel in enumerate(board.panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for place, (query, legend) in enumerate(panel.queries)
        ],
    }
