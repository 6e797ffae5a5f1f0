"""Questions answered by files: the answer holds their tokens, the files are kept elsewhere."""

import json
import re
from typing import Literal

from pydantic import Field

from surveys.rules.questions.base import QuestionBase, all_sent
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, say

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 5

_TOKEN = re.compile(r"[A-Za-z0-9_\-]{16,64}")


class FileQuestion(QuestionBase):
    """Photos and documents. Which files a token stands for, and whose they are, is checked where they are kept."""

    type: Literal["file"] = "file"
    kinds: tuple[Literal["images", "pdf", "office"], ...] = Field(("images",), min_length=1, max_length=3)
    most_bytes: int = Field(MOST_BYTES, ge=1024, le=MOST_BYTES)
    most_files: int = Field(1, ge=1, le=MOST_FILES)

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the tokens as a JSON list.

        Mistakes: "file" for what is no token, "file_many" for more files than asked for.
        """
        tokens = all_sent(sent, self.id)
        if not all(_TOKEN.fullmatch(token) for token in tokens):
            raise UnreadableAnswerError("file")
        if len(tokens) > self.most_files:
            raise UnreadableAnswerError("file_many", most=self.most_files)
        return {self.id: Reading(words=json.dumps(tokens))} if tokens else {}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of files."""
        return (Column(self.id, say(self.title, language), "file"),)
