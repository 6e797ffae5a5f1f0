"""What the address of a page chooses beforehand: a score that was followed from a message, what a link brings along.

Nothing of it is kept until the page is sent.
"""

from collections.abc import Sequence

from flask import request

from surveys.rules import turning
from surveys.rules.definition import Definition
from surveys.rules.readings import Sent, UnreadableAnswerError


def prefilled(definition: Definition) -> dict[str, Sequence[str]]:
    """Return what the address says, under the names of questions; hidden ones by their parameters."""
    found: dict[str, Sequence[str]] = {}
    for question in definition.questions if request.args else ():
        name = question.parameter if question.type == "hidden" else question.id
        if name in request.args:
            found[question.id] = [value[: turning.LONGEST_VALUE] for value in request.args.getlist(name)]
    return found


def chosen_again(definition: Definition, chosen: Sent, before: Sent) -> dict[str, Sequence[str]]:
    """Return what the address chooses otherwise than the page that was sent before.

    Somebody who mistook a score in the message and follows another one means the second: they are shown it on its
    page, to send it or not. What cannot be read changes nothing.
    """
    found: dict[str, Sequence[str]] = {}
    for name, values in chosen.items():
        question = definition.by_id[name]
        if question.type == "hidden" or before.get(name, values) == values:
            continue
        try:
            question.read({name: list(values)})
        except UnreadableAnswerError:
            continue
        found[name] = values
    return found
