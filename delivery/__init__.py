"""How we reach: e-mail and SMS, no WeChat yet; quiet hours, caps, what became of each message."""
