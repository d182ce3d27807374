"""What follows for a case: pure decisions over plain data; time, working days and the catalogue are arguments."""
