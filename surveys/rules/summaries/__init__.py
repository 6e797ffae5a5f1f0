"""What the answers of one survey add up to: pure functions over columns of numbers, options and words."""
