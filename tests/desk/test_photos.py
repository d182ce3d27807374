"""A photo's way: it comes, it is said who may open it, who did, and what became of it; on both sides' pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.photos import ATTACHED, OPENED, READ, Line, photos
from shared.contracts import cases, demands, feedback, referrals
from tests.desk.stories import AUTHORITY, BANKS, START, Story
from tests.desk.test_household_pages import applicant, told
from tests.desk.visitors import Doorstep

FILE = UUID(int=5)


@given(st.permutations(range(5)))
def test_any_order_of_lines_gives_the_same_photos(order: list[int]) -> None:
    lines = [
        Line(START, ATTACHED, "household:x", {"kind": "licence", "file": "a"}),
        Line(START, ATTACHED, "household:x", {"kind": "lease", "file": "b"}),
        Line(START + timedelta(hours=1), OPENED, "bank:beichen", {"recipient": "beichen", "fields": ["file:licence"]}),
        Line(
            START + timedelta(hours=2), READ, "bank:beichen", {"file": "a", "outcome": "unusable", "reason": "blurred"}
        ),
        Line(START + timedelta(hours=3), READ, "bank:niulang", {"file": "a", "outcome": "used"}),
    ]
    lease, licence = photos(lines[place] for place in order)
    assert (lease.file, lease.opened, lease.outcome) == ("b", (), None), "another kind was not shown"
    assert (licence.outcome, licence.reason, licence.read_by) == ("used", None, "bank:niulang"), "the last word holds"
    assert [who for who, _ in licence.opened] == ["beichen"]


def attached(story: Story, file: UUID = FILE) -> Any:
    summary = story.demanded().data.summary
    return story.event("intake", demands.EvidenceAttached(summary=summary, kind="licence", file=file, sha256="0" * 64))


def read(story: Story, **said: Any) -> Any:
    summary = story.demanded().data.summary
    return story.event("intake", demands.EvidenceRead(summary=summary, kind="licence", file=FILE, **said))


async def test_the_owner_sees_that_it_came_who_has_it_and_what_became_of_it(doorstep: Doorstep) -> None:
    async with applicant(doorstep) as (visitor, _, receipt, _):
        story = told(receipt, doorstep)
        await doorstep.happen([story.demanded(), attached(story)])
        assert "Nobody has it before a bank or office takes your application up" in (await visitor.get("/mine")).text
        await doorstep.happen([story.opened((0,)), story.moved(0, referrals.Accepted, "accepted")])
        assert "may open it now" in (await visitor.get("/mine")).text
        looked = feedback.DisclosureOpened(
            demand=story.demand, recipient=BANKS[0], person="li", fields=["file:licence"], reason="desk"
        )
        await doorstep.happen([story.event("notify", looked)])
        assert "has opened it on" in (await visitor.get("/mine")).text
        await doorstep.happen([read(story, outcome="unusable", reason="the stamp cannot be read.")])
        assert "It could not be used: the stamp cannot be read." in (await visitor.get("/mine")).text
        await doorstep.happen([read(story, outcome="used")])
        assert "what it says is entered" in (await visitor.get("/mine")).text


async def test_the_bank_that_works_on_it_enters_what_it_says_or_says_why_not(doorstep: Doorstep) -> None:
    story, gate = Story(1), doorstep.gate
    await doorstep.happen([story.demanded(), story.opened((0,)), attached(story)])
    address = f"/papers/{story.referral(0)}"
    async with doorstep.officer("bank", BANKS[0]) as clerk, doorstep.officer("bank", BANKS[1]) as other:
        assert (await clerk.get(address)).status_code == 404, "nobody reads a paper before the bank has accepted"
        await doorstep.happen([story.moved(0, referrals.Accepted, "accepted")])
        assert "1 not read yet" in (await clerk.get(f"/demands/{story.demand}")).text
        assert (await other.get(address)).status_code == 404
        page = (await clerk.get(f"{address}?file={FILE}&fact=operating_months")).text
        assert f"/identity/{story.referral(0)}" in page
        wrong = await clerk.post(f"{address}/{FILE}/used", fact="operating_months", operating_months="")
        assert (wrong.status_code, "Enter what the paper says" in wrong.text, gate.sent) == (422, True, [])
        wrong = await clerk.post(f"{address}/{FILE}/unusable", reason=" ")
        assert (wrong.status_code, gate.sent) == (422, [])
        assert (await clerk.post(f"{address}/{uuid4()}/unusable", reason="x")).status_code == 404

        async def reads(act: Any) -> None:
            if act.action.endswith("evidence-read.v1"):
                await doorstep.happen([read(story, outcome="used")])

        gate.then = reads
        done = await clerk.press(f"{address}/{FILE}/used", fact="operating_months", operating_months="14")
        assert "The household reads it on its page" in done.text
    facts, word = [(kind.rsplit(".", 2)[1], said) for _, _, kind, said in gate.sent]
    assert facts[0] == "facts-supplied"
    assert facts[1]["facts"]["operating_months"]["value"] == 14
    assert word == ("evidence-read", {"file": str(FILE), "outcome": "used"})


async def test_an_office_reads_the_papers_that_its_obstacle_needs_and_no_others(doorstep: Doorstep) -> None:
    """A licence is no paper of a late annual report; of premises that nobody may use, the lease is."""
    story = Story(2)
    await doorstep.happen([story.demanded(), story.cased(cases.Opened, "opened", reason="authority_acts")])
    await doorstep.happen([attached(story)])
    async with doorstep.officer("authority", AUTHORITY) as office:
        page = await office.get(f"/demands/{story.demand}")
        assert (page.status_code, "Photos and papers" in page.text) == (200, False)
        assert (await office.get(f"/papers/{story.case()}")).status_code == 404
        await doorstep.connection.execute("UPDATE cases SET obstacle = 'LIC_NONE'")
        assert (await office.get(f"/papers/{story.case()}")).status_code == 404, "premises, not a licence"
        summary = story.demanded().data.summary
        deed = demands.EvidenceAttached(summary=summary, kind="premises", file=uuid4(), sha256="0" * 64)
        await doorstep.happen([story.event("intake", deed)])
        assert (await office.get(f"/papers/{story.case()}")).text.count("Not read yet") == 1
