"""Who we serve: one profile per person, consent, lifecycle, churn signals."""
