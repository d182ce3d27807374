"""What waits for an officer, and the acts on it: from a form to the gate, and shown as *sent* until answered."""
