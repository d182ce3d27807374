"""What invented households live on: classes of GB/T 4754-2017, how frequent they are here, what they borrow for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """`industry`: section and class; `size`: what it borrows, against the usual; `permits`: the facts it stands on."""

    industry: str
    zh: str
    weight: float
    purposes: tuple[str, ...]
    size: float = 1.0
    permits: tuple[str, ...] = ()


_SHOP = ("stock", "rent", "turnover", "decoration")
_KITCHEN = ("decoration", "equipment", "stock", "rent", "wages", "expansion")
_FOOD = ("food_permit", "fire_check", "discharge_registration")

TRADES = (
    Trade("F5211", "百货店", 6, _SHOP),
    Trade("F5219", "便利店", 10, _SHOP, 0.6, ("food_permit", "tobacco_licence")),
    Trade("F5223", "果蔬店", 6, _SHOP, 0.5, ("food_permit",)),
    Trade("F5224", "肉禽水产店", 4, _SHOP, 0.7, ("food_permit",)),
    Trade("F5226", "烟酒茶店", 4, _SHOP, 1.2, ("tobacco_licence",)),
    Trade("F5232", "服装店", 7, _SHOP),
    Trade("F5239", "日用品店", 4, _SHOP, 0.6),
    Trade("F5274", "手机店", 3, _SHOP, 1.2),
    Trade("F5281", "五金店", 5, _SHOP),
    Trade("F5292", "网店", 4, ("stock", "turnover"), 0.8),
    Trade("F5124", "冻品批发部", 2, ("stock", "turnover", "expansion"), 2.5, ("food_permit",)),
    Trade("F5165", "建材批发部", 3, ("stock", "turnover"), 3.0),
    Trade("H6210", "餐馆", 7, _KITCHEN, 1.6, _FOOD),
    Trade("H6220", "面馆", 9, _KITCHEN, 1.0, _FOOD),
    Trade("H6291", "小吃店", 5, _KITCHEN, 0.5, _FOOD),
    Trade("H6130", "民宿", 2, ("decoration", "rent", "expansion"), 2.0, ("fire_check",)),
    Trade("O8040", "理发店", 5, ("decoration", "rent", "equipment"), 0.6),
    Trade("O8111", "汽修店", 3, ("equipment", "stock", "rent"), 1.4, ("discharge_registration",)),
    Trade("O8131", "家电维修部", 2, ("stock", "turnover"), 0.5),
    Trade("O8010", "家政服务部", 2, ("wages", "turnover"), 0.6),
    Trade("G5431", "货运户", 4, ("equipment", "turnover"), 2.2, ("transport_permit",)),
    Trade("E5012", "装修队", 3, ("wages", "equipment", "turnover"), 1.6),
    Trade("C1411", "糕点作坊", 2, ("equipment", "stock"), 1.0, ("food_permit",)),
    Trade("C2110", "家具作坊", 2, ("equipment", "stock"), 1.8, ("fire_check", "discharge_registration")),
    Trade("A0141", "菜农", 3, ("planting", "equipment"), 0.6),
    Trade("A0311", "养牛户", 2, ("planting", "equipment", "expansion"), 1.8),
    Trade("P8391", "培训室", 1, ("rent", "wages", "decoration"), 1.0, ("fire_check",)),
    Trade("R9051", "文化工作室", 1, ("equipment", "rent"), 1.0),
)
"""Frequencies and sizes are made up for the demonstration."""
