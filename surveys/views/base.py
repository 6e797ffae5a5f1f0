"""What the staff's pages of surveys share."""

from flask import Blueprint

bp = Blueprint("surveys", __name__, url_prefix="/surveys", template_folder="../templates")
