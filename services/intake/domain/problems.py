"""All that the gate can find wrong, in both languages. A text names what is allowed, never the value that came."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

TEXTS: dict[str, tuple[str, str]] = {
    # The form, whatever it is about.
    "missing": ("缺少这一项，请补上。", "This is required."),
    "wrong-form": ("格式不对，或含有控制字符。{allowed}", "It has the wrong form, or control characters. {allowed}"),
    "control-characters": ("含有控制字符，请删除。", "It holds control characters: remove them."),
    "too-long": ("太长，{allowed}。", "It is too long: {allowed}."),
    "too-short": ("太短，{allowed}。", "It is too short: {allowed}."),
    "not-whole-number": ("应当是整数。", "It must be a whole number."),
    "out-of-range": ("超出范围，{allowed}。", "It is out of range: {allowed}."),
    "not-allowed": ("不在可选值之内：{allowed}。", "It is not one of the values allowed: {allowed}."),
    "not-a-time": (
        "应当是带时区的时间，例如 2026-11-24T09:00:00+08:00。",
        "It must be a time with its offset, for example 2026-11-24T09:00:00+08:00.",
    ),
    "not-a-date": ("应当是日期，例如 2026-11-24。", "It must be a date, for example 2026-11-24."),
    "not-an-id": ("应当是一个 UUID。", "It must be a UUID."),
    "wrong-type": ("类型不对，应当是{allowed}。", "It has the wrong type: it must be {allowed}."),
    "invalid": ("不符合要求（{allowed}）。", "It is not as required ({allowed})."),
    "not-json": (
        "不是合法的 JSON：含有 NaN、Infinity 或残缺的字符。",
        "It is not valid JSON: it holds NaN, Infinity or half a character.",
    ),
    "too-many": ("太多，最多 {allowed} 个。", "Too many: at most {allowed}."),
    # The envelope, and who speaks.
    "type-unknown": (
        "不认识这种事件类型，这里可以用：{allowed}。",
        "This type of event is not known here. Allowed: {allowed}.",
    ),
    "version-unknown": ("CloudEvents 版本必须是 1.0。", "The CloudEvents version must be 1.0."),
    "partner-unknown": (
        "这个接入方没有登记，请联系服务月办公室。",
        "This partner is not registered: ask the campaign office.",
    ),
    "partner-disabled": (
        "这个接入方已停用，请联系服务月办公室。",
        "This partner is disabled: ask the campaign office.",
    ),
    "role-may-not": (
        "您的身份不能提交这类内容，可以的有：{allowed}。",
        "Your role may not say this. Those who may: {allowed}.",
    ),
    # The minimum.
    "contact-missing": ("至少要有一种联系方式：手机或邮箱。", "At least one contact is needed: telephone or e-mail."),
    "county-unknown": (
        "不在本次服务月的县区之内，可选：{allowed}。",
        "Not a county of this campaign. Allowed: {allowed}.",
    ),
    "purpose-unknown": ("没有这种用途，可选：{allowed}。", "There is no such purpose. Allowed: {allowed}."),
    "in-future": ("时间在将来，请检查。", "It lies in the future: please check."),
    # Identity.
    "credit-code-check": (
        "统一社会信用代码校验不通过，请核对十八位。",
        "The credit code's check digit does not fit: please compare all 18 characters.",
    ),
    "credit-code-kind": (
        "这不是个体工商户的代码：个体工商户以 92 开头。已转为企业的，请用原代码，并提交 households-linked（个转企）。",
        "This is not a household's credit code: those begin with 92. Of one that became a company give the code that "
        "it had, and say households-linked.",
    ),
    "id-number-check": (
        "身份证号校验不通过，请核对十八位。",
        "The id number's check digit or date does not fit: please compare all 18 characters.",
    ),
    "minor-alone": (
        "未满十八周岁，须由工作人员协助提交。",
        "Under eighteen: somebody who assists must hand it in (assisted_by).",
    ),
    # Facts.
    "fact-unknown": ("没有这一项事实。{allowed}", "There is no such fact. {allowed}"),
    "fact-value": ("这一项事实的值应当是{allowed}。", "The value of this fact must be {allowed}."),
    "fact-known-better": (
        "这一项已有更可靠的来源，未作更改。",
        "A surer source has said this already: nothing was changed.",
    ),
    "field-contradicts": (
        "这一项同时作为字段和事实给出，但不一致。",
        "It is given both as a field and as a fact, and the two differ.",
    ),
    # Consent.
    "consent-unknown": ("没有这一版授权书，有效的有：{allowed}。", "There is no such consent text. Valid: {allowed}."),
    "consent-box": (
        "这一版授权书没有这个选项，可选：{allowed}。",
        "This consent text has no such box. Allowed: {allowed}.",
    ),
    "consent-expired": ("授权已过期，请重新取得。", "The consent has expired: ask for it again."),
    "bank-unknown": ("没有这家机构。{allowed}", "There is no such institution. {allowed}"),
    "bank-excluded": ("这家机构同时被指定和排除。", "This institution is both named and excluded."),
    # Memory.
    "contradicts-earlier": (
        "同一编号、同一版本已提交过不同的内容；要更正请提高版本号。",
        "The same number and version said something else before; to correct it, raise the version.",
    ),
    "demand-unknown": ("没有找到这笔需求，或不属于您。", "There is no such demand, or it is not yours."),
    "demand-not-named": ("请用 demand 或 demand_source_id 指明需求。", "Name the demand: demand or demand_source_id."),
    "demand-not-open": (
        "这笔需求已撤回或已结束；要继续请先恢复。",
        "This demand was withdrawn or has ended; revive it first.",
    ),
    "purpose-taken": ("同一用途已有一笔进行中的需求。", "A demand for the same purpose is open already."),
    "nothing-said": ("没有任何要更改的内容。", "It says nothing that could change anything."),
    "key-reused": (
        "这个 Idempotency-Key 已用于另一内容。",
        "This Idempotency-Key was used for something else before.",
    ),
    "erased": ("信息已按要求删除，不再受理。", "What was known has been erased on request: nothing more is taken."),
    "reference-unknown": ("没有找到所指的推荐或会办事项。", "There is no such referral or case."),
    "reference-missing": ("请指明所指的 {allowed}。", "Say which {allowed} it is about."),
    "reference-differs": ("所指的推荐或会办事项不属于这笔需求。", "The referral or case belongs to another demand."),
    "action-unknown": ("没有这种动作，可用：{allowed}。", "There is no such action. Allowed: {allowed}."),
    "unit-unknown": ("这个网点不属于您的机构，可用：{allowed}。", "This unit is not one of yours. Allowed: {allowed}."),
    "version-older": ("已有更新的版本。", "A newer version is known already."),
    "scan-missing": (
        "扫描件授权须先上传文件（POST /v1/files），再填写文件编号。",
        "A scanned consent names its file: hand it in first (POST /v1/files).",
    ),
    "assistant-missing": (
        "当面口述的授权须写明协助人（assisted_by）。",
        "A consent given by word of mouth names who heard it (assisted_by).",
    ),
    "contact-unknown": (
        "没有可以发送验证码的联系方式；只有协助提交的需求需要确认。",
        "There is no contact to send a code to: only demands that somebody assisted with are confirmed.",
    ),
    "code-just-sent": ("验证码刚刚发出，请稍等一分钟。", "A code was sent just now: wait a minute."),
    "code-wrong": ("验证码不对或已过期，请重新获取。", "The code is wrong or has expired: ask for a new one."),
    "awaits-owner": (
        "由他人协助提交：经营者本人用验证码确认后，才会转给银行。",
        "Somebody assisted: no bank sees it before the owner has confirmed by the code.",
    ),
    "file-needed": (
        "这种材料须提交文件（POST /v1/files）；只填编号即可的有：{allowed}。",
        "This paper is needed as a file (POST /v1/files). A number is enough for: {allowed}.",
    ),
    "other-not-named": (
        "请用 other_demand、other_source_id 或 other_credit_code 指明另一方。",
        "Name the other side: other_demand, other_source_id or other_credit_code.",
    ),
    "company-only": (
        "企业代码（91 开头）只用于个转企（became_company）。",
        "A company's code (91…) goes with the relation became_company alone.",
    ),
    "file-unknown": ("没有找到这个文件，或不属于这笔需求。", "There is no such file, or it belongs to another demand."),
    "file-or-number": ("请给出文件或编号，二者之一。", "Give a file or a number: one of the two."),
    "file-kind": ("只接受 {allowed}。", "Only these are taken: {allowed}."),
    "file-broken": (
        "文件无法读取，或含有不允许的内容（加密、脚本、超大图片）。",
        "The file cannot be read, or holds what is not allowed (encryption, scripts, huge images).",
    ),
    "same-household": ("两笔需求属于同一户。", "Both demands are of the same household."),
    "region-not-yours": ("这个县区不在您的范围内，可选：{allowed}。", "This county is not one of yours: {allowed}."),
    "too-often": ("请求太频繁，请稍后再试。", "Too many requests: try again later."),
    "consent-missing": ("目前没有有效的授权。", "There is no consent at present."),
    # Faults that stop nothing.
    "visited-lately": (
        "另一家机构在十四天内走访过这一户（{allowed}），请避免重复打扰。",
        "Another institution visited this household within a fortnight ({allowed}): please do not trouble it twice.",
    ),
    "registered-elsewhere": (
        "登记地与经营地不在同一县区，请核对。",
        "Registered in another county than the place of business: please check.",
    ),
    "registration-number-check": ("注册号校验位不符，请核对。", "The registration number's check digit does not fit."),
    "industry-to-code": (
        "行业为文字描述，将由工作人员编码。",
        "The industry is free text: a clerk will find its code.",
    ),
    "sentence-masked": (
        "描述中像电话或证件号的数字已隐去。",
        "Digits in the sentence that look like a telephone or id number were masked.",
    ),
    "consent-shortened": (
        "授权期限超过该版本允许的最长期限，已缩短。",
        "The consent ran longer than its text allows, and was shortened.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: its code, where (JSON pointer), and what to do."""

    code: str
    pointer: str
    zh: str
    en: str


_NOT_FOR_POINTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|\d{6,}")


def problem(code: str, pointer: str, allowed: str = "") -> Problem:
    """A fault of the list above. `allowed` is ours to say (names, bounds), never what came.

    The names in a pointer were chosen by the sender: a number of a person among them goes no further.
    """
    zh, en = TEXTS[code]
    place = _NOT_FOR_POINTERS.sub("…", pointer[:250])
    return Problem(code, place, zh.format(allowed=allowed).strip(), en.format(allowed=allowed).strip())


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names for a text, sorted; where they are many, the first ones."""
    ordered = sorted(names)
    return ", ".join(ordered[:most]) + (", …" if len(ordered) > most else "")
