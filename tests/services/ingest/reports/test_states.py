"""Where a revision stands on its way, from what happened to it in which order."""

from __future__ import annotations

import pytest

from services.ingest.reports.states import Cut, Review, RevisionStep, revision_states

CASES = """
r1                          | no  | received
r1                          | via | under_review
r1 pass                     | via | passed_on
r1 return                   | via | returned
r1 pass return              | via | returned
r1 return r2                | via | superseded under_review
r1 return r2 pass           | via | superseded passed_on
r1 withdraw                 | via | withdrawn withdrawn
r1 withdraw r2              | no  | withdrawn withdrawn received
r1 sign                     | no  | released:1
r1 pass sign                | via | released:1
sign r1                     | no  | received
r1 sign r2                  | no  | superseded:1 received
r1 sign r2 sign             | no  | superseded:1 released:2
r1 sign sign                | no  | released:1,2
r1 undone                   | no  | received:1
r1 undone sign              | no  | released:1,2
r1 sign return              | via | returned:1
r1 return sign              | via | returned
r1 pass sign return sign    | via | returned:1
"""


def _stood(story: str, via: bool) -> str:
    """The states of each step, with the numbers of the releases that it is part of."""
    steps, reviews, cuts = [], [], []
    for position, word in enumerate(story.split(), start=1):
        latest = steps[-1].revision if steps else 1
        if word.startswith("r") and word[1:].isdigit():
            steps.append(RevisionStep(revision=int(word[1:]), position=position))
        elif word == "withdraw":
            steps.append(RevisionStep(revision=latest, position=position, withdrawal=True))
        elif word in ("pass", "return"):
            state = "passed_on" if word == "pass" else "returned"
            reviews.append(Review(revision=latest, position=position, state=state))
        else:
            cuts.append(Cut(release=str(len(cuts) + 1), position=position, stands=word == "sign"))
    stoods = revision_states(steps, reviews, cuts, via=via)
    return " ".join(f"{one.state}:{','.join(one.releases)}" if one.releases else one.state for one in stoods)


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_a_revision_stands_where_its_story_left_it(case: str) -> None:
    story, via, expected = (part.strip() for part in case.split("|"))
    assert _stood(story, via == "via") == expected
