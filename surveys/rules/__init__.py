"""Pure rules of asking: what a questionnaire is, whom to ask, what a link is worth."""
