"""Shapes of what an author writes in the survey editor: one form for each kind of element."""
