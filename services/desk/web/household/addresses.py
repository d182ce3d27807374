"""The addresses of the household's pages; anybody may come, and sees only what is its own."""

from __future__ import annotations

from services.desk.web.guard import Endpoint
from services.desk.web.household import acts, apply, confirm, shops, track
from services.desk.web.household import mine as own
from services.desk.web.household.way import Way


def household_addresses(way: Way) -> list[tuple[str, str, Endpoint, str]]:
    """Name, path, endpoint and method of each."""
    return [
        ("apply", "/apply", apply.form(assisted=False), "GET"),
        ("apply", "/apply", apply.handed_in(way, assisted=False), "POST"),
        ("apply", "/apply/assisted", apply.form(assisted=True), "GET"),
        ("apply", "/apply/assisted", apply.handed_in(way, assisted=True), "POST"),
        ("apply", "/apply/code", apply.code, "GET"),
        ("apply", "/apply/confirm", confirm.confirmed(way), "POST"),
        ("track", "/track", track.form, "GET"),
        ("track", "/track/scan", track.scan, "GET"),
        ("track", "/track/receipt", track.by_receipt, "POST"),
        ("track", "/track/phone", track.by_phone(way), "POST"),
        ("track", "/track/code", track.by_code(way), "POST"),
        ("track", "/track/shops", shops.choose, "GET"),
        ("track", "/track/shops", shops.chosen, "POST"),
        ("track", "/track/leave", track.leave, "POST"),
        ("mine", "/mine", own.show, "GET"),
        ("mine_file", "/mine/file/{action}", acts.act(way), "POST"),
        ("mine_acts", "/mine/{action}", acts.act(way), "POST"),
    ]
