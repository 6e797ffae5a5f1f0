"""An invented insurer: factories that tests share, and the story of one year that they tell."""
