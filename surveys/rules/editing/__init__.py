"""What an author does to a draft: pure operations on the document of a definition.

A document is the JSON form of a definition. An operation copies it, so the draft before stays what it was;
the caller parses the result, which is the last word on whether it is a survey.
"""
