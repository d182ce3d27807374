"""Why a claim is refused: the rule's name and what it says, in both languages. Nothing changes where one is given."""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """The rule that a claim breaks."""

    rule: str
    zh: str
    en: str


_RULES = {
    "no_such_referral": ("没有这条推荐记录", "There is no such referral of this demand"),
    "not_your_referral": (
        "该推荐不属于您代表的机构",
        "The referral belongs to an institution that you do not speak for",
    ),
    "referral_ended": ("该推荐已结束：{zh}", "The referral has ended: {en}"),
    "clock_ran_out": (
        "时限已过（{due}），该需求将转给其他机构",
        "The clock ran out ({due}): the demand goes on to other banks",
    ),
    "already_accepted": ("该推荐已受理", "The referral has been accepted already"),
    "accept_first": ("请先受理，再进行此操作", "Accept the referral first"),
    "offer_first": ("请先提出融资方案", "There is no offer yet: make one first"),
    "already_offered": ("已提出融资方案，等待商户选择", "There is an offer already; the household is choosing"),
    "not_offered": ("该机构尚未提出方案，不能选择", "This bank has made no offer that could be chosen"),
    "choose_first": ("商户尚未选择该方案，不能授信", "The household has not chosen this offer yet"),
    "grant_first": ("请先报告授信", "Report the grant first"),
    "already_granted": ("该推荐已授信", "It has been granted already"),
    "above_offer": (
        "授信条件不如方案：方案为{amount}元、{rate}个基点",
        "Worse than the offer, which was {amount} yuan at {rate} bp",
    ),
    "plan_outside_product": (
        "方案超出产品范围：金额{amounts}元，期限{months}个月",
        "The plan lies outside the product: {amounts} yuan over {months} months",
    ),
    "unknown_decline_code": ("拒贷原因代码不存在，可用：{codes}", "There is no such decline code; there are: {codes}"),
    "direction_needed": (
        "该拒贷原因须说明主要方向，可用：{directions}",
        "This decline code must name its main direction; there are: {directions}",
    ),
    "unknown_policy": ("该产品没有这项政策，可用：{policies}", "The product has no such policy; it has: {policies}"),
    "policy_order": (
        "政策办理须依次为申请、批准、兑付：目前为{before}，下一步为{allowed}",
        "A policy is applied for, granted and paid in this order: now {before}, next {allowed}",
    ),
    "above_quota": (
        "超出该网点的资金额度，剩余{left}元",
        "More than the unit's money quota has left: {left} yuan",
    ),
    "above_grant": ("用信超过授信金额{amount}元", "A draw of more than the granted {amount} yuan"),
    "unknown_unit": ("没有这个网点，可转交：{units}", "The bank has no such other unit; it has: {units}"),
    "no_other_unit": ("该地区没有可转交且有余量的其他网点", "No other unit of the bank takes this place and has room"),
    "unit_full": ("该网点已无余量", "That unit has no room"),
    "draw_reported": ("编号为{number}的用信已报告", "The draw under the number {number} has been reported"),
    "nothing_to_confirm": ("没有需要确认的联系", "There is no contact to confirm"),
}


def refusal(rule: str, **values: object) -> Refusal:
    """The refusal of a rule; `values` fill in what is allowed."""
    zh, en = _RULES[rule]
    return Refusal(rule, zh.format(**values), en.format(**values))


_ENDS = {
    "declined": ("机构已拒绝", "declined"),
    "lapsed": ("已超过办理时限", "its time ran out"),
    "recalled": ("已撤回", "recalled"),
    "not_chosen": ("商户选择了其他机构", "the household chose another offer"),
}


def has_ended(state: str) -> Refusal:
    """The refusal of what comes too late, with how the referral ended: in words, for a person reads them."""
    zh, en = _ENDS.get(state, ("该需求已不在机构办理环节", "the demand is no longer with the banks"))
    return refusal("referral_ended", zh=zh, en=en)
