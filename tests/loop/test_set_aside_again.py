"""A batch with an event that can not be decided comes again: it is the same letter, and the loop goes on."""

from __future__ import annotations

from tests.loop.harness import LETTERS, Stage, until, visit


async def test_an_undecidable_event_does_not_stop_the_loop_when_its_batch_comes_again(stage: Stage) -> None:
    await stage.feed([visit(0), visit(1, visitor="undecidable"), visit(2)])
    assert stage.start(0, FRESHWATER_SEAM="before_commit", FRESHWATER_SEAM_AT="1").wait(60) < 0
    stage.start(0)
    await stage.feed([visit(3)])

    async def all_taken() -> bool:
        return await stage.taken() == 4

    await until(all_taken, 40, "the event behind the batch that came again")
    letters = await stage.read(LETTERS)
    assert len({dict(letter.headers)["dlq-id"] for letter in letters}) == 1
    (await stage.told()).check(3)
