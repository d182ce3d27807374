"""What a demonstration says to the person before it."""

from __future__ import annotations

from typing import Any

from freshwater.demo.plan import Plan
from freshwater.stack import Stack
from freshwater.stack.running import logs_of

INVENTED = (
    "演示：机构、产品、合作方和住户均为虚构或模拟。\n"
    "A demonstration: institutions, products, partners and households are invented and simulated."
)


def welcome() -> str:
    return f"\nFreshwater 金融活水\n{INVENTED}\n"


def begins(plan: Plan) -> str:
    """How time runs, where it ends by itself."""
    return f"\nTime runs up to {plan.factor:,.0f} times as fast, and slows down while the services have work.\n"


def addresses(stack: Stack, plan: Plan) -> str:
    """Where to look, and as whom."""
    logins = [
        f"  {login.role:<36} login {login.login:<10} password {login.password}" for login in stack.entrance.logins
    ]
    return "\n".join(
        [
            "",
            f"  Desk     {stack.desk_url}",
            f"  Gate     {stack.intake_url}/docs",
            f"  Metrics  {stack.metrics_url('matching')} and the like",
            f"  Logs     {logs_of(stack.place.folder)}",
            "",
            *logins,
            "",
            f"Time runs {plan.factor:,.0f} times as fast: a day passes in about {_span(86_400 / plan.factor)}. "
            "Ctrl-C ends it; the data is kept.",
            "",
        ]
    )


def _span(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"


def entrance(stack: Stack) -> dict[str, Any]:
    """The same for a program."""
    return {
        "desk": stack.desk_url,
        "intake": stack.intake_url,
        "logins": [
            {"login": each.login, "password": each.password, "role": each.role} for each in stack.entrance.logins
        ],
        "simulated": True,
    }
