"""What the demo's customers say: the written corpus, sorted by touchpoint and feeling.

Each utterance is used once before any is used again, so a reader of the inbox meets many voices.
"""

import random
from collections import defaultdict

from sentiment.corpus import Written, utterances

TOPICS_AT = {
    "claim_closed": ("claim_speed", "claim_result", "claim_process"),
    "renewal_done": ("renewal", "price"),
    "policy_issued": ("sales", "underwriting", "coverage", "expertise"),
    "hotline_call": ("hotline", "attitude", "expertise"),
    "policy_change_done": ("policy_change", "digital", "surrender"),
    "branch_visit": ("branch", "attitude"),
    "roadside_assistance": ("value_added",),
}
"""Which topics a customer speaks of at a touchpoint; what fits nowhere is said anywhere."""

ANYWHERE = "anywhere"


class Voices:
    """Hands out utterances that fit a touchpoint and a feeling."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._all: dict[tuple[str, str], list[Written]] = defaultdict(list)
        for said in utterances():
            for place in _places(said):
                self._all[place, said.sentiment].append(said)
        self._left: dict[tuple[str, str], list[Written]] = {}

    def say(self, touchpoint: str, feeling: str) -> Written:
        """Return an utterance for ``touchpoint`` in ``feeling``; one without a topic now and then."""
        place = ANYWHERE if self._dice.random() < 0.12 else touchpoint
        key = (place if self._all.get((place, feeling)) else ANYWHERE, feeling)
        if not self._left.get(key):
            fresh = list(self._all[key])
            self._dice.shuffle(fresh)
            self._left[key] = fresh
        return self._left[key].pop()


def _places(said: Written) -> list[str]:
    if "客服：" in said.text:
        return []  # a transcript is not something one writes into a questionnaire
    places = [touchpoint for touchpoint, topics in TOPICS_AT.items() if said.topics.keys() & set(topics)]
    return places if said.topics else [ANYWHERE]
