"""What turns red if nothing new arrives: the tests of norms by the day on which they expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.duration import Duration
from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentTest


@dataclass(frozen=True, slots=True)
class ExpiringTest:
    """A test that gets worse on a day if nothing new arrives. `owner` and `evidence` are those of the record that decides,
    None when there is none or its source names no owner."""

    expires_on: date
    framework_id: str
    norm_id: str
    norm_title: str
    test_id: str
    sentence: str
    result: str
    owner: str | None
    evidence: str | None


def expiring(published: Published, organisation: str, as_of: date, within: Duration) -> list[ExpiringTest]:
    """The tests of norms that apply which get worse within the span if nothing new arrives, in order of day; texts in the
    language of `published`."""
    last = within.after(as_of)
    pairs = [(test.expires_on, test) for test in published.select(PresentTest, organisation, purpose="norm")]
    soon = [(day, test) for day, test in pairs if day is not None and day <= last and _is_of_interest(test)]
    records = published.records_of(organisation, [test for _, test in soon])
    expiring_tests = []
    for day, test in sorted(soon, key=lambda pair: pair[0]):
        record = records.get(test.evidence_ids[0]) if test.evidence_ids else None
        owner, name = (record.owner, record.name) if record else (None, None)
        expiring_tests.append(
            ExpiringTest(
                day, test.framework_id, test.norm_id, test.norm_title or test.norm_id, test.test_id, test.sentence, test.result,
                owner, name,
            )
        )  # fmt: skip
    return expiring_tests


def _is_of_interest(test: PresentTest) -> bool:
    """Whether it matters that a test gets worse: its norm applies, and no other test stands in its place."""
    return test.norm_status != "niet_van_toepassing" and test.outdone_in is None
