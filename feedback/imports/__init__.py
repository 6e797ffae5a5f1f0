"""Files of feedback: read row by row, understand their columns, keep the good rows, name the bad ones."""
