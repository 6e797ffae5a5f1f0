"""Logic written in other tools' languages, read into a tree and turned into conditions of ours.

Three grammars are close enough for one reader: LimeSurvey's ExpressionScript, SurveyJS's expressions and the
XPath of XLSForms. Only what has exactly the same meaning here is turned into a condition; the rest raises
NotCarriedError, and the importer says so in a note.
"""

from surveys.rules.foreign.expressions.parsing import EXPRESSION_SCRIPT, SURVEYJS, XPATH, parse
from surveys.rules.foreign.expressions.translating import Target, Targets, condition
from surveys.rules.foreign.expressions.trees import NotCarriedError

__all__ = [
    "EXPRESSION_SCRIPT",
    "SURVEYJS",
    "XPATH",
    "NotCarriedError",
    "Target",
    "Targets",
    "condition",
    "parse",
]
