"""`docs/feedback.md`: who hears what, and every message as it reads, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.notify.domain.wording import Words
from services.notify.handlers.sampling import Sample, samples
from shared.catalogue.release import Release
from shared.catalogue.rules_messages import longest_of, parts_of
from shared.contracts.messages import Telling

LANGUAGES = ("zh-CN", "en")
AUDIENCES = {
    "household": "Households (个体工商户)",
    "submitter": "Who handed a demand in (提交方)",
    "bank": "Banks (金融机构)",
    "authority": "Authorities (主管部门)",
    "department": "Departments and the campaign office (部门与专班)",
}
_HEAD = """# Who hears what (反馈)

Made from `catalogue/` by `./run catalogue feedback`; do not edit it here. Change `catalogue/feedback.yaml`,
`catalogue/templates/` or `catalogue/short_messages.yaml`, then run it again.

**Channels.** The first that reaches the recipient is used, the next one when that has given up; the last always
reaches. *door*: the partner's own Kafka topic. *webhook*: signed after Standard Webhooks; one that is down is tried
again with growing pauses, and nobody else waits for it. *email*, *sms* (短信), *wechat* (微信). *feed*: the partner
fetches `GET /v1/notices`. *call_list* (电话清单): a person telephones and says how it ended. *desk*: its own page.

**When.** Households are not disturbed between 21:00 and 08:00, nor by more messages a day than the setting allows: what
comes beyond that, and what is *low*, goes into one message the next morning. What is *urgent* goes at once.

**Once.** One notice per fact and recipient, whatever is repeated. Webhooks carry the notice's id on every try; where a
repeat could not be told from the first (mail, sms, wechat) a message whose end is unknown is held, never sent blindly.

"""


def document(release: Release, words: Words) -> str:
    """The whole document."""
    found = list(samples(release, words, LANGUAGES))
    parts = [_HEAD, "## The table\n\n", *_table(release), "\n## Messages\n", *_messages(found), *_short(release)]
    return "".join(parts)


def _table(release: Release) -> Iterator[str]:
    yield "| Event | Who | Message | Channels | Urgency | |\n|---|---|---|---|---|---|\n"
    for name, row in release.feedback.items():
        shown = f"`{name}` {row.zh} · {row.en}"
        for telling in row.told:
            who = telling.audience if telling.to == "concerned" else f"{telling.audience} ({telling.to})"
            ways = " → ".join(telling.channels)
            yield f"| {shown} | {who} | {telling.template} | {ways} | {telling.urgency} | {_more(telling)} |\n"
            shown = ""


def _more(telling: Telling) -> str:
    """What else a row says."""
    said = [f"{name}: {', '.join(map(str, values)).lower()}" for name, values in telling.only.items()]
    said += ["names the day"] if telling.starts_clock else []
    said += ["once a week"] if telling.weekly else []
    said += [f"discloses {', '.join(telling.discloses)}"] if telling.discloses else []
    return "; ".join(said)


def _messages(found: Iterable[Sample]) -> Iterator[str]:
    by_place: dict[tuple[str, str], list[Sample]] = {}
    for sample in found:
        by_place.setdefault((sample.audience, sample.template), []).append(sample)
    for audience, title in AUDIENCES.items():
        yield f"\n### {title}\n"
        for (whose, template), each in by_place.items():
            if whose == audience:
                yield f"\n#### {template}\n"
                yield from map(_quoted, each)


def _quoted(sample: Sample) -> str:
    lines = [f"**{sample.message.subject}**", "", *sample.message.text.splitlines()]
    return "\n" + "".join(f"> {line}".rstrip() + ("\\\n" if _goes_on(line, after) else "\n") for line, after in zip(
        lines, [*lines[1:], ""], strict=True))  # fmt: skip


def _goes_on(line: str, after: str) -> bool:
    """Whether the next line belongs to the same paragraph and must not be joined with this one."""
    return bool(line) and bool(after)


def _short(release: Release) -> Iterator[str]:
    yield "\n## Short messages (短信、微信)\n\n"
    yield "Approved words; only what stands in braces is filled. Parts are counted\n"
    yield "with every parameter as long as it may be: 70 characters alone, 67 each where several are joined.\n\n"
    yield "| Message | Words | Longest | Parts | Approved as |\n|---|---|---|---|---|\n"
    for message in release.short_messages.values():
        longest = longest_of(message)
        approved = ", ".join(f"{channel} {name}" for channel, name in message.approved.items())
        yield f"| {message.id} | {message.text} | {longest} | {parts_of(longest)} | {approved} |\n"
