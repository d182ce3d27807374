"""Dead letters from the operator's side: look, send back to the service that set them aside, or let them lie."""
