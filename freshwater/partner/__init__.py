"""Partners from the operator's side: registered, given keys, and tried before they go live."""
