"""The worklist (台账) round trip: open items as XLSX, filled, handed in, an answer to every row."""
