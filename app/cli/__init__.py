"""The command ``cx``: one group per subject, each command one service."""
