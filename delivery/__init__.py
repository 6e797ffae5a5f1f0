"""How we reach: e-mail, SMS, WeChat, QR; quiet hours, caps, receipts."""
