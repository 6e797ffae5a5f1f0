"""When we meet: stages, touchpoints and the business events that reach them."""
