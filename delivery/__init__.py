"""How we reach: e-mail and SMS, no WeChat yet; hours for SMS, rest between invitations, what became of each message."""
