"""How we act: promise, call back, escalate, resolve, ask again, improve."""
