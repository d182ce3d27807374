"""Invented persons and shops, made so that none of them can be anybody.

Telephone numbers begin with 100, which no mobile number in China does. Credit codes (统一社会信用代码) pass their own
check digit, as they must at the gate, but the organisation code inside fails the one of GB 11714: no register can have
issued them. Names say that they are invented.
"""

from __future__ import annotations

from random import Random

from freshwater.simulate.chance import one_of

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: without I, O, S, V and Z."""
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林罗高"
STEMS = "甲乙丙丁戊己庚辛壬癸"
SIGNS = ("河声", "白塔", "五泉", "兴隆", "雁滩", "安宁渡", "什川", "金天", "黄河楼", "水车")


def organisation_check(body: str) -> str:
    """GB 11714: the check digit of eight characters."""
    total = sum(
        _ORGANISATION_ALPHABET.index(sign) * weight for sign, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    left = 11 - total % 11
    return {10: "X", 11: "0"}.get(left, str(left))


def code_check(body: str) -> str:
    """GB 32100: the check digit of seventeen characters."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(body, _CODE_WEIGHTS, strict=True))
    return ALPHABET[(31 - total) % 31]


def credit_code(rng: Random, county: str) -> str:
    """A household's code of a county that the gate accepts and that no register can have issued."""
    body = "".join(one_of(rng, ALPHABET) for _ in range(8))
    wrong = one_of(rng, [sign for sign in ALPHABET if sign != organisation_check(body)])
    code = f"92{county[:6]}{body}{wrong}"
    return code + code_check(code)


def phone(rng: Random) -> str:
    """Eleven digits that begin with 100."""
    return f"100{int(rng.random() * 10**8):08d}"


def person(rng: Random) -> str:
    """王某甲: in the form in which papers hide a name."""
    return f"{one_of(rng, SURNAMES)}某{one_of(rng, STEMS)}"


def shop(rng: Random, trade: str) -> str:
    return f"{one_of(rng, SIGNS)}{trade}（虚构）"
