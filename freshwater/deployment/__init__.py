"""What a deployment needs before its services start: secrets in files; databases, roles and rights."""
