"""The figures of the engine on the texts of ../shared/data; skipped where those are not."""

from pathlib import Path

import pytest

import sentiment
from sentiment.train.material import read_dev_utterances, read_set
from sentiment.train.measure import accuracy, measure

pytestmark = pytest.mark.data

DATA = Path(__file__).parents[3] / "shared" / "data"
ACCURACY = {"waimai": 0.88, "hotel": 0.87, "chnsenticorp_clean": 0.865, "nlpcc14": 0.75, "shopping": 0.925}


@pytest.mark.parametrize("name", ACCURACY)
def test_one_model_reads_reviews_of_every_kind(name: str) -> None:
    path = DATA / "reviews" / f"{name}.dev.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    labelled = read_set(path, name)
    found = sentiment.analyse_many(labelled.texts)

    assert accuracy(labelled, found)[0] >= ACCURACY[name]


def test_insurance_is_understood() -> None:
    utterances = read_dev_utterances(DATA) if DATA.exists() else []
    if not utterances:
        pytest.skip("insurance/dev.jsonl is not there")
    scores = measure(utterances, sentiment.analyse_many([one.text for one in utterances]))

    assert scores.sentiment >= 0.82
    assert scores.sentiment_f1 >= 0.80
    assert scores.topics >= 0.78
    assert scores.topics_with_polarity >= 0.66
    assert scores.risks >= 0.88
