"""How we ask: questionnaires, versions, triggers, sampling, invitations, answers."""
