"""The shapes of bringing a survey in: a file, then a name for what became of it."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField
from wtforms.validators import DataRequired

from grid.forms import HouseForm
from surveys.forms.versions import NewSurveyForm


class ImportForm(HouseForm):
    """The file to bring in."""

    file = FileField(_l("问卷文件"), [DataRequired(_l("请选择一个文件"))])

    def blame(self, sentence: str) -> None:
        """Put what is wrong with the file beside it."""
        self.file.errors = [*self.file.errors, sentence]


class ImportedForm(NewSurveyForm):
    """What the new survey is called; the survey itself travels along in the form."""

    packed = HiddenField()
