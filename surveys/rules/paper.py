"""A questionnaire on paper: numbers instead of logic, boxes instead of buttons, in the customer's language.

Where a screen shows a question only to some, paper says for whom it is ("if your answer to question 3 is …").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.rules import phrases, piping
from surveys.rules.conditions import Condition
from surveys.rules.definition import END, Definition, Page
from surveys.rules.describe import in_words
from surveys.rules.questions import CesQuestion, CsatQuestion, Question
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, Localised, say

BLANK = "________"

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-Hans": {
        "how": "请在选中的 □ 里打 √；每题只选一项，写明“可多选”的除外。",
        "required": "必答",
        "several": "可多选",
        "if": "如果{0}，请回答本题。",
        "if_page": "如果{0}，请回答这一部分（第 {1} 至 {2} 题）；否则请跳过，接着往下填。",
        "if_page_one": "如果{0}，请回答这一部分（第 {1} 题）；否则请跳过，接着往下填。",
        "if_text": "如果{0}，请看这一部分；否则请跳过，接着往下填。",
        "brackets": "（{0}）",
        "between": "；",
        "lowest": "最低",
        "highest": "最高",
        "notice": "填写前请阅读最后一页的《{0}》。参加与否由您决定，不影响您应享的服务。",
        "notice_of": "隐私告知书第 {0} 版，{1} 发布",
        "option_if": "仅当{0}",
        "question": "第 {0} 题",
        "part": "第 {0} 部分",
        "part_called": "第 {0} 部分\u3000{1}",
        "jump": "如果{0}，请跳到第 {1} 题。",
        "jump_end": "如果{0}，就到这里结束，谢谢。",
        "on": "接下来请跳到第 {0} 题。",
        "on_end": "问卷到这里结束，谢谢。",
        "rank": "请在 □ 里写序号，1 为第一位",
        "least": "至少选 {0} 项",
        "most": "最多选 {0} 项",
        "range": "请填 {0} 到 {1} 之间的数字",
        "scale": "请在 {0} 到 {1} 中圈出一个数字",
        "date": "______ 年 ____ 月 ____ 日",
        "file": "请把材料的复印件附在问卷后面。",
        "agree": "我已阅读并同意以上内容",
        "sign": "签名",
        "places": "________ 省/自治区/直辖市　________ 市/州　________ 区/县",
        "anonymous": "本问卷不记名，请不要写下姓名、证件号码或联系方式。",
        "thanks": "谢谢您！请把填好的问卷交给工作人员。",
        "office": "以下由工作人员填写",
        "branch": "机构",
        "staff": "经办人",
        "day": "日期",
        "number": "编号",
    },
    "zh-Hant": {
        "how": "請在選中的 □ 裡打 √；每題只選一項，寫明「可多選」的除外。",
        "required": "必答",
        "several": "可多選",
        "if": "如果{0}，請回答本題。",
        "if_page": "如果{0}，請回答這一部分（第 {1} 至 {2} 題）；否則請跳過，接著往下填。",
        "if_page_one": "如果{0}，請回答這一部分（第 {1} 題）；否則請跳過，接著往下填。",
        "if_text": "如果{0}，請看這一部分；否則請跳過，接著往下填。",
        "brackets": "（{0}）",
        "between": "；",
        "lowest": "最低",
        "highest": "最高",
        "notice": "填寫前請閱讀最後一頁的《{0}》。參加與否由您決定，不影響您應享的服務。",
        "notice_of": "隱私告知書第 {0} 版，{1} 發布",
        "option_if": "僅當{0}",
        "question": "第 {0} 題",
        "part": "第 {0} 部分",
        "part_called": "第 {0} 部分\u3000{1}",
        "jump": "如果{0}，請跳到第 {1} 題。",
        "jump_end": "如果{0}，就到這裡結束，謝謝。",
        "on": "接下來請跳到第 {0} 題。",
        "on_end": "問卷到這裡結束，謝謝。",
        "rank": "請在 □ 裡寫序號，1 為第一位",
        "least": "至少選 {0} 項",
        "most": "最多選 {0} 項",
        "range": "請填 {0} 到 {1} 之間的數字",
        "scale": "請在 {0} 到 {1} 中圈出一個數字",
        "date": "______ 年 ____ 月 ____ 日",
        "file": "請把材料的影本附在問卷後面。",
        "agree": "我已閱讀並同意以上內容",
        "sign": "簽名",
        "places": "________ 省/自治區/直轄市　________ 市/州　________ 區/縣",
        "anonymous": "本問卷不記名，請不要寫下姓名、證件號碼或聯絡方式。",
        "thanks": "謝謝您！請把填好的問卷交給工作人員。",
        "office": "以下由工作人員填寫",
        "branch": "機構",
        "staff": "經辦人",
        "day": "日期",
        "number": "編號",
    },
    "en": {
        "how": "Please tick one box in each question, more than one only where it says so.",
        "required": "required",
        "several": "tick all that apply",
        "if": "Please answer if {0}.",
        "if_page": "Answer this part (questions {1} to {2}) if {0}; otherwise skip it and go on.",
        "if_page_one": "Answer this part (question {1}) if {0}; otherwise skip it and go on.",
        "if_text": "Read this part if {0}; otherwise skip it and go on.",
        "brackets": " ({0})",
        "between": "; ",
        "lowest": "lowest",
        "highest": "highest",
        "notice": "Please read “{0}” on the last page first. Taking part is up to you; your service is the same.",
        "notice_of": "Privacy notice, edition {0}, published {1}",
        "option_if": "only if {0}",
        "question": "question {0}",
        "part": "Part {0}",
        "part_called": "Part {0}: {1}",
        "jump": "If {0}, go to question {1}.",
        "jump_end": "If {0}, stop here. Thank you.",
        "on": "Please go to question {0}.",
        "on_end": "This is the end. Thank you.",
        "rank": "write a number in each box, 1 for the first",
        "least": "at least {0}",
        "most": "at most {0}",
        "range": "a number from {0} to {1}",
        "scale": "circle a number from {0} to {1}",
        "date": "Year ______ Month ____ Day ____",
        "file": "Please attach copies of your documents.",
        "agree": "I have read this and agree",
        "sign": "Signature",
        "places": "Province ____________ City ____________ District ____________",
        "anonymous": "This survey is anonymous: please write down no name, ID number or contact.",
        "thanks": "Thank you! Please hand the form to our staff.",
        "office": "For office use",
        "branch": "Branch",
        "staff": "Staff",
        "day": "Date",
        "number": "No.",
    },
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What the printed page needs to know of a definition in one language."""

    definition: Definition
    language: Language
    words: Mapping[str, str]
    numbers: Mapping[str, int]
    _numbered: Definition

    def said(self, text: Localised | None) -> str:
        """Return a text with a line to write on where a screen puts in an earlier answer."""
        return piping.pipe(say(text, self.language), _blank) if text else ""

    def when(self, condition: Condition | None) -> str:
        """Return a condition as a clause that calls questions by their numbers."""
        return in_words(condition, self._numbered, self.language)

    def questions(self, page: Page) -> list[Question]:
        """Return the questions of a page that stand on paper: hidden ones do not."""
        return [question for question in page.questions if question.type != "hidden"]

    def part(self, page: Page) -> str | None:
        """Return the heading of a part, counted as they stand on paper; None where the paper is one part."""
        printed = [one.id for one in self.definition.pages if self.questions(one)]
        title = self.said(page.title)
        if len(printed) < 2:
            return title or None
        return self.words["part_called" if title else "part"].format(printed.index(page.id) + 1, title)

    def who(self, page: Page) -> str | None:
        """Return for whom a part is, and that all others go past it; None if it is for everybody."""
        if page.show is None:
            return None
        numbers = [self.numbers[question.id] for question in page.questions if question.id in self.numbers]
        if not numbers:
            return self.words["if_text"].format(self.when(page.show))
        key = "if_page" if len(numbers) > 1 else "if_page_one"
        return self.words[key].format(self.when(page.show), numbers[0], numbers[-1])

    def ends(self, question: Question) -> tuple[str, str]:
        """Return the words at both ends of a scale: the author's, those of the screen, or 最低 and 最高."""
        low, high = getattr(question, "low", None), getattr(question, "high", None)
        if low or high or question.type == "slider":
            return self.said(low), self.said(high)
        if not isinstance(question, CsatQuestion | CesQuestion):
            return self.words["lowest"], self.words["highest"]
        scale = phrases.words(self.language)["scale"]
        first, last = question.bounds()
        return scale[f"{question.type}_{first}"], scale[f"{question.type}_{last}"]

    def brackets(self, *parts: str) -> str:
        """Return remarks in brackets, as the language writes them."""
        return self.words["brackets"].format(self.words["between"].join(parts))

    def ways_on(self, page: Page) -> list[str]:
        """Return what somebody has to do after a page that does not simply go on, a sentence for each jump."""
        sentences = []
        for jump in page.jumps:
            first = self._first_number(jump.to)
            if jump.when is None:
                sentences.append(self.words["on"].format(first) if first else self.words["on_end"])
                break
            when = self.when(jump.when)
            sentences.append(
                self.words["jump"].format(when, first) if first else self.words["jump_end"].format(when)
            )
        return sentences

    def _first_number(self, page_id: str) -> int | None:
        """Return the number of the first question from a page on, None if the survey ends there."""
        if page_id == END:
            return None
        places = [page.id for page in self.definition.pages]
        for page in self.definition.pages[places.index(page_id) :] if page_id in places else ():
            for question in page.questions:
                if question.id in self.numbers:
                    return self.numbers[question.id]
        return None


def _blank(_ref: str) -> str:
    return BLANK


def paper(definition: Definition, language: Language) -> Paper:
    """Return a definition ready to be printed in a language, that of the survey nearest to it."""
    words = _WORDS.get(language) or _WORDS.get(language.partition("-")[0]) or _WORDS["zh-Hans"]
    asked = [question for question in definition.questions if question.asks and question.type != "hidden"]
    numbers = {question.id: place for place, question in enumerate(asked, start=1)}
    data: dict[str, Any] = definition.model_dump(mode="json", by_alias=True, exclude_none=True)
    for page in data["pages"]:
        for question in page["questions"]:
            if question["id"] in numbers:
                question["title"] = {language: words["question"].format(numbers[question["id"]])}
    return Paper(definition, language, words, numbers, Definition.model_validate(data))


def language_of(definition: Definition, wanted: str) -> Language:
    """Return the language to print in: the one that is wanted if the survey has it, else Chinese, else its first."""
    languages = definition.languages()
    for code in (wanted, DEFAULT_LANGUAGE):
        if code in languages:
            return code
    return languages[0]
