"""HTTP for partners: their own referrals, cases and demands, by the key with which they speak to the gate."""

from __future__ import annotations

from starlette.routing import Route

from services.desk.api.partners import Api, Registered

ANY = ("GET", "POST", "PUT", "PATCH", "DELETE")
__all__ = ["Api", "Registered", "routes"]


def routes(api: Api) -> list[Route]:
    """The addresses; each stands in the table of who may come there as open: the key decides."""
    return [
        Route("/v1/referrals", api.referrals, methods=["GET"], name="partner_referrals"),
        Route("/v1/cases", api.cases, methods=["GET"], name="partner_cases"),
        Route("/v1/demands/{id}", api.demand, methods=["GET"], name="partner_demand"),
        Route("/v1/{rest:path}", api.other, methods=ANY, name="partner_other"),
    ]
