"""The wire: envelope, one module of events per producing context, and the list of topics."""
