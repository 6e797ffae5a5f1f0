"""What they said: every channel in one shape, tagged and triaged."""
