"""What is taken away: tables as CSV and XLSX, reports as Word documents, each with its reason on record."""
