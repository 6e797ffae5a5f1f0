"""Where we serve: regions, branches, staff, capacity, who may see what."""
