"""Results as files: CSV, XLSX and SPSS's SAV, row by row, exactly the responses that the page counts."""
