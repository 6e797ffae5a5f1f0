"""Files that customers sent with their answers, for staff who read answers of that region."""

from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from core import db
from core.errors import NotFoundError
from core.sentences import N_
from grid import access
from grid.rules import Permission
from surveys.queries import answering as queries
from surveys.services import files
from surveys.views.base import bp


@bp.get("/files/<int:file_id>")
@access.needs(Permission.FEEDBACK_VIEW)
def answer_file(file_id: int) -> ResponseReturnValue:
    """Hand a file out to be saved, never to be shown in the browser, whatever it says it is.

    Whoever is about to call a customer back needs the photo as much as the words.
    """
    viewer = access.viewer()
    with db.transaction() as session:
        found = queries.file_visible_to(session, viewer, file_id)
        if found is None:
            raise NotFoundError(N_("没有这个文件"))
        files.hand_out(session, found, by=access.actor())
        name, data = found.name, bytes(found.data)
    return Response(
        data,
        mimetype="application/octet-stream",
        headers={
            "Content-Disposition": dump_options_header("attachment", {"filename": name}),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
