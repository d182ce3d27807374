"""QR codes (二维码): a square that leads to an address of the desk, to hang up in a hall or to print."""

from __future__ import annotations

import io

import segno
from starlette.responses import Response

from services.desk.web.rendering import Visit


def code_to(visit: Visit, path: str, query: str = "") -> Response:
    """As SVG. The address is the one by which people reach the desk, which a proxy before it may hide."""
    outside = visit.office.settings.desk_public_url.rstrip("/")
    inside = str(visit.request.url.replace(path="", query="")).rstrip("/")
    made = io.BytesIO()
    address = f"{outside or inside}{path}{'?' if query else ''}{query}"
    segno.make(address, error="m", micro=False).save(made, kind="svg", scale=6, border=4, xmldecl=False)
    return Response(made.getvalue(), media_type="image/svg+xml")
