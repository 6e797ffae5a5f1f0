"""Tables of questionnaires: asking, authoring, open links, answers."""

from surveys.models.answering import Answer, AnswerFile, Response, Sitting, SurveyBlock, SurveyQuota
from surveys.models.asking import AskRule, Invitation, Survey, SurveyVersion
from surveys.models.authoring import DraftStep, PrivacyNotice, SurveyImage, SurveyLock
from surveys.models.opening import OpenLink, OpenLinkDay, OpenLinkDevice, Sighting, SightingSalt, Suspect

__all__ = [
    "Answer",
    "AnswerFile",
    "AskRule",
    "DraftStep",
    "Invitation",
    "OpenLink",
    "OpenLinkDay",
    "OpenLinkDevice",
    "PrivacyNotice",
    "Response",
    "Sighting",
    "SightingSalt",
    "Sitting",
    "Survey",
    "SurveyBlock",
    "SurveyImage",
    "SurveyLock",
    "SurveyQuota",
    "SurveyVersion",
    "Suspect",
]
