"""The campaign office's pages: what is counted, what was planned, what banks say of themselves, the week's bulletin."""
