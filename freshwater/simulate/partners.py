"""The invented partners of a demonstration: banks, the authorities' hubs, and those who hand demands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from freshwater.simulate.profiles import COUNTIES, JIAYUGUAN
from shared.catalogue import Release, within
from shared.contracts.entities import Authority
from shared.contracts.partners import PartnerRegistered, Role

HOTLINE, PLATFORM, IMPORT, DESK = "hotline", "street-platform", "file-import", "desk"
"""Demands by a Kafka door; by HTTP, heard by webhook; from files; and our own desk, a portal."""

BY_HTTP = (PLATFORM, IMPORT, DESK)


def demo_partners(release: Release, webhook: str | None = None) -> list[PartnerRegistered]:
    """All of them. `webhook`: where the platform hears; without one it has a door."""
    return [
        _partner(HOTLINE, "publisher", "便民热线（虚构）", "Service hotline (invented)"),
        _partner(
            PLATFORM,
            "publisher",
            "街道融资平台（虚构）",
            "Street platform (invented)",
            webhook=webhook,
            door=webhook is None,
        ),
        _partner(IMPORT, "publisher", "文件导入（演示）", "Import of files (demonstration)"),
        # What is said at the desk of a demonstration is part of it: the played partners answer it.
        _partner(DESK, "portal", "服务月工作台", "Service month desk", door=False),
        *(_partner(bank.id, "bank", bank.zh, bank.en, institution=bank.id) for bank in release.institutions.values()),
        *_hubs(release.authorities.values()),
    ]


def _hubs(authorities: Iterable[Authority]) -> Iterator[PartnerRegistered]:
    """One partner for a region, as where a government's hub speaks for all its offices; the gate takes 64 names.

    Only where the demonstration has households, and in what lies above: a hundred doors would be opened for nobody.
    """
    by_region: dict[str, list[str]] = {}
    for authority in authorities:
        if any(within(place, authority.region) for place in (*COUNTIES, JIAYUGUAN)):
            by_region.setdefault(authority.region, []).append(authority.id)
    for region, names in sorted(by_region.items()):
        zh, en = f"政务协同平台{region}（演示）", f"Government hub {region} (demonstration)"
        first, *others = sorted(names)
        yield _partner(f"hub-{region}", "authority", zh, en, institution=first, units=others, regions=[region])


def _partner(identifier: str, role: Role, zh: str, en: str, **more: Any) -> PartnerRegistered:
    stated = {"door": True, "simulated": True, **more}
    return PartnerRegistered(partner=identifier, role=role, name_zh=zh, name_en=en, **stated)
