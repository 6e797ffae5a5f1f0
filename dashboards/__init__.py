"""How we see: numbers for managers, each a door to the words behind."""
