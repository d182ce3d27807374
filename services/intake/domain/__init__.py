"""What the gate decides: pure, with time as an argument."""
