"""The monthly obstacle report (百业堵点月报): a page that prints, a document, a workbook."""
