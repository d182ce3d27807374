"""督办函: the letter to the next level, as a page that prints on one sheet. It names no household."""

from __future__ import annotations

from datetime import datetime
from html import escape

from services.escalation.domain.clocks import SHANGHAI
from services.escalation.store import Found
from shared.catalogue.release import Release

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>督办函 {id}</title><style>
body {{ font: 12pt/1.7 serif; max-width: 42em; margin: 3em auto; padding: 0 1em; }}
h1 {{ text-align: center; letter-spacing: .3em; }} dt {{ color: #444; }} dd {{ margin: 0; }}
dl {{ display: grid; grid-template-columns: 13em 1fr; gap: .3em 1em; }} .sign {{ margin-top: 4em; text-align: right; }}
@page {{ size: A4; margin: 20mm; }} @media print {{ body {{ margin: 0; padding: 0; max-width: none; }} }}
</style></head><body><h1>督办函</h1>
<p>{to}：</p>
<p>{authority}承办的下列会办事项已超过办理期限，请督促办理并将结果反馈服务月专班。<br>
The case below, which lies with {authority_en}, is past its time. Please see that it is settled, and let the team
know.</p>
<dl>{rows}</dl>
<p class="sign">经办人（签字）______________　　日期 ______________</p></body></html>
"""
_STATES = {
    "opened": "待签收 / To be signed",
    "signed": "已签收 / Signed",
    "planned": "办理中 / In progress",
    "parked": "挂起 / Parked",
    "waiting": "等待住户 / Waiting for the household",
    "overdue": "已超期 / Overdue",
    "cleared": "已解除 / Cleared",
    "refused": "无法解除 / Cannot be removed",
    "withdrawn": "已撤回 / Called back",
}


def letter(case: Found, release: Release) -> str:
    """The whole page."""
    authority, obstacle = release.authorities.get(case.authority), release.obstacles.get(case.obstacle)
    upper = release.authorities.get(authority.upper or "") if authority else None
    units = authority.units if authority else []
    unit = next((f"{each.zh} / {each.en}" for each in units if each.id == case.unit), case.unit or "–")
    rows = {
        "编号 / Number": str(case.id),
        "堵点 / Obstacle": f"{obstacle.zh} / {obstacle.en}" if obstacle else case.obstacle,
        "地区 / County": _place(case.county, release),
        "科室 / Unit": unit,
        "发现 / Found": _day(case.since),
        "受理 / Opened": _day(case.opened_at),
        "期限 / Due": _day(case.due_at),
        "等待住户 / Waited for household": f"{case.paused_days} 个工作日 / working days",
        "状态 / State": _STATES.get(case.state, case.state),
        "办结证据 / Evidence": f"{obstacle.evidence_zh} / {obstacle.evidence_en}" if obstacle else "–",
    }
    return _PAGE.format(
        id=case.id,
        to=escape(upper.zh if upper else "服务月专班"),
        authority=escape(authority.zh if authority else case.authority),
        authority_en=escape(authority.en if authority else case.authority),
        rows="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items()),
    )


def _place(county: str, release: Release) -> str:
    """A county as its team names it: `kind·place（…）`."""
    team = next((each for each in release.authorities.values() if each.catch_all and each.region == county), None)
    return team.zh.partition("·")[2].partition("（")[0] or county if team else county


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else "–"
