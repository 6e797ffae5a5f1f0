"""The ground floor: database, clock, jobs, events. Knows no insurance."""
