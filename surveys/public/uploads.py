"""Files that a script sends ahead of their page."""

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from core import db
from surveys.public.hosts import Host, widen
from surveys.public.seats import language_of
from surveys.queries import answering as queries
from surveys.rules import phrases
from surveys.rules.questions import FileQuestion
from surveys.rules.readings import Mistake, UnreadableAnswerError
from surveys.services import files


def upload(host: Host) -> ResponseReturnValue:
    """Keep one file that a script sends ahead of its page; return its token, or the sentence that says why not.

    ``_held`` names the files that the page has for the question already, separated by spaces.
    """
    with db.transaction() as session:
        kept = queries.kept(session.connection(), host.seat.version_id)
        widen(kept)
        language = language_of(kept.definition, host)
        try:
            coming = request.files.get("file")
        except RequestEntityTooLarge:
            return {"mistake": phrases.mistake(language, files.too_large(kept.definition.questions))}, 413
        question = kept.definition.by_id.get(request.form.get("question", ""))
        if coming is None or not isinstance(question, FileQuestion):
            return {"mistake": phrases.mistake(language, Mistake("file"))}, 422
        held = request.form["_held"].split() if "_held" in request.form else None
        name = coming.filename or ""
        try:
            done = files.keep(session, host.seat, question, name=name, data=coming.read(), held=held)
        except UnreadableAnswerError as error:
            return {"mistake": phrases.mistake(language, error.mistake)}, 422
    return {"token": done.token, "name": done.name, "size": done.size}, 201
