"""Charts as SVG, drawn here by pygal and shown as images: no script, nothing fetched, a table beside each says the
same in numbers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from starlette.responses import Response

_FONTS = "system-ui, 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_COLOURS = ("#2f7fc4", "#1b8a52", "#d98000", "#7a5ab8")
HEADERS = {
    # pygal styles its drawing inside the drawing; it runs nothing and fetches nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


@cache
def _library() -> Any:
    """pygal, imported with the first chart: a desk without one in view needs no lxml.

    It leaves a finder for its maps in `sys.meta_path` that is older than `find_spec`: every later import in the process
    would warn of it (Python 3.11) or pass it by (3.12), so it goes.
    """
    import pygal
    import pygal.style

    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]
    return pygal


@cache
def _common() -> dict[str, Any]:
    """What all charts have in common."""
    style = _library().style.Style(
        background="transparent",
        plot_background="transparent",
        foreground="#1c2833",
        foreground_strong="#1c2833",
        foreground_subtle="#52606d",
        colors=_COLOURS,
        font_family=_FONTS,
        label_font_size=13,
        major_label_font_size=13,
        value_font_size=13,
        legend_font_size=13,
        transition="none",
        guide_stroke_color="#d9e1e8",
        major_guide_stroke_color="#d9e1e8",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
    )
    # pygal would point to a script on another server; an image runs none.
    fixed = {"js": [], "disable_xml_declaration": True, "explicit_size": True, "width": 1080, "margin": 8}
    return {**fixed, "style": style, "show_y_guides": True}


def daily(days: Sequence[str], series: Mapping[str, Sequence[float]], height: int = 300) -> bytes:
    """One line for each name, day by day."""
    chart = _library().Line(
        **_common(), height=height, dots_size=3, legend_at_bottom=True, truncate_legend=-1,
        value_formatter=lambda value: f"{value:,.0f}", show_minor_x_labels=len(days) <= 14, x_label_rotation=0,
    )  # fmt: skip
    chart.x_labels = list(days)
    if len(days) > 14:
        chart.x_labels_major = list(days)[:: max(1, len(days) // 8)]
    for name, values in series.items():
        chart.add(name, list(values))
    return str(chart.render()).encode()


def drawn(svg: bytes) -> Response:
    """A chart as the answer to a request."""
    return Response(svg, media_type="image/svg+xml")
