"""Why a claim is not allowed: a rule's name, and what it says to the person who made the claim, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# {allowed} is filled with what would have been right, where that can be said.
RULES: Mapping[str, tuple[str, str]] = {
    "no_such_case": (
        "该需求没有这一会办事项，请核对编号后重新提交。",
        "This demand has no such case; check its number and send it again.",
    ),
    "case_not_yours": (
        "该会办事项由 {allowed} 办理，您的单位无权操作。",
        "The case lies with {allowed}; your office cannot act on it.",
    ),
    "authorities_not_consented": (
        "经营者的授权书未勾选主管部门，请先补充授权再申请帮办。",
        "The household's consent does not let authorities see its demand; let it widen the consent, then ask for help.",
    ),
    "household_only": (
        "只有经营者本人（或其提交渠道、服务月专班）可以这样说。",
        "Only the household, who handed its demand in, or the campaign office can say this.",
    ),
    "next_level_only": (
        "只有上一级主管部门 {allowed} 可以答复。",
        "Only the next level, {allowed}, can answer this.",
    ),
    "team_only": (
        "只有服务月专班 {allowed} 可以作出会诊决定。",
        "Only the county team {allowed} decides on an item of its consultation.",
    ),
    "not_yours_to_drop": (
        "被督办单位不能自行撤销督办草稿；可由 {allowed} 撤销。",
        "Who is to be raised cannot drop the draft; {allowed} can.",
    ),
    "name_the_person": (
        "督办须由具名人员确认或撤销，请写明经办人。",
        "A named person confirms or drops a draft; say who.",
    ),
    "case_has_ended": (
        "该会办事项已办结或已撤回，不能再操作。",
        "The case has ended; nothing more can be done on it.",
    ),
    "household_acts_first": (
        "该事项仍由经营者自行办理，主管部门尚未受理；可直接办结或说明无法解除。",
        "It is still the household's turn; until it opens, you can resolve or refuse it, nothing else.",
    ),
    "already_open": (
        "主管部门已受理该事项，无需再申报或申请帮办。",
        "An authority has it already; there is no need to file or to ask for help.",
    ),
    "already_filed": ("申报回执已登记，请等待办理期限届满。", "The filing is noted already; its time is running."),
    "already_signed": ("该事项已签收，不能重复签收。", "The case has been signed for; it cannot be signed for twice."),
    "sign_first": ("请先签收再办理该操作。", "Sign for the case first."),
    "already_parked": (
        "该事项已暂缓，复核日期前不能再次暂缓或申请延期；可制定计划、办结或说明理由。",
        "The case is parked; before its review date plan it, resolve it or refuse it.",
    ),
    "extension_only_once": ("延期只能申请一次。", "An extension can be asked for once."),
    "no_extension_asked": ("该事项没有待答复的延期申请。", "No extension waits for an answer."),
    "extension_not_longer": (
        "延期须晚于现有期限 {allowed}。",
        "An extension must end later than the present time, {allowed}.",
    ),
    "date_in_the_past": ("日期不能早于今天 {allowed}。", "The day must not lie before today, {allowed}."),
    "promise_too_late": (
        "承诺日期不得晚于办理期限 {allowed}；如需更长时间请申请延期。",
        "The promise must not be later than {allowed}; ask for an extension where that is not enough.",
    ),
    "name_whose_it_is": (
        "不属于本单位的，请用转办写明主管部门；确实无法解除的，请说明无法解除。",
        "If it is not yours, transfer it and name whose it is; if it cannot be removed, say that it cannot.",
    ),
    "no_such_authority": ("目录中没有该主管部门。", "The catalogue has no such authority."),
    "already_there": ("该事项已在 {allowed} 办理。", "The case lies with {allowed} already."),
    "nothing_higher": (
        "已转办两次，再次转办须报上一级，但 {allowed} 已是最高一级。",
        "After two transfers it only goes up, and there is no level above {allowed}.",
    ),
    "no_draft": ("没有待确认的督办草稿。", "No draft waits for a word."),
    "not_on_the_agenda": ("该事项不在联合会诊议程上。", "The case is not on the agenda of a joint consultation."),
    "decision_names_nobody": ("指派须写明主管部门。", "An assignment names the authority."),
    "decision_without_date": ("暂缓须写明复核日期。", "To park it, the decision names the review date."),
    "facts_needed": (
        "目录中没有该堵点的办结事实，请随办结一并提供。",
        "The catalogue does not say which fact clears this obstacle; send the fact with the evidence.",
    ),
    "evidence_of_wrong_kind": (
        "该堵点的办结证据应为：{allowed}。",
        "What proves that this obstacle is gone is one of: {allowed}.",
    ),
    "fact_of_tomorrow": (
        "所报事实的日期不能晚于今天 {allowed}。",
        "A fact cannot be as of a day after today, {allowed}.",
    ),
    "household_asked_once": (
        "需要经营者补充的材料须一次性告知，不能再次要求补充。",
        "All that the household still has to send is said at once; it cannot be asked a second time.",
    ),
    "too_late_to_ask": (
        "办理期限已过，不能再要求经营者补充材料以暂停计时。",
        "The time has run out; it can no longer be stopped by asking the household.",
    ),
    "nothing_asked": ("主管部门没有要求补充材料。", "No authority has asked for anything."),
    "household_is_asked": (
        "正在等待经营者补充材料，收到后继续计时；可先办结或说明无法解除。",
        "The household has been asked; until it answers you can resolve or refuse it, nothing else.",
    ),
    "no_such_item": (
        "会诊议程上没有这一事项，请核对编号。",
        "No session of this county has such an item; check its number.",
    ),
    "already_decided": ("该议题已作出决定。", "The item has been decided on."),
    "items_undecided": (
        "会诊结束前每个议题都须有决定，尚缺：{allowed}。",
        "A session ends with a decision on each item; still open: {allowed}.",
    ),
    "session_has_ended": ("该次会诊已结束。", "The session has ended."),
    "fact_not_cleared": (
        "所报事实 {allowed} 仍为未解除状态，不能办结。",
        "The fact {allowed} still says that the obstacle is there; it cannot be resolved so.",
    ),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A claim that the rules do not allow; nothing changes. `allowed` is what would have been."""

    rule: str
    allowed: str = ""

    @property
    def zh(self) -> str:
        return RULES[self.rule][0].format(allowed=self.allowed)

    @property
    def en(self) -> str:
        return RULES[self.rule][1].format(allowed=self.allowed)
