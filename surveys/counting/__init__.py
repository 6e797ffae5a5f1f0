"""The answers of published versions as compressed columns, so that any filter costs milliseconds."""
