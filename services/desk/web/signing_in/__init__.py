"""How somebody comes in: by a local account or single sign-on, and the session that follows."""
