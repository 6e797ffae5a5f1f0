"""The rows of the results page: summaries with the labels that people read and the doors behind them."""
