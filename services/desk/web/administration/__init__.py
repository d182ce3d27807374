"""What administrators and leaders see to: accounts, units and people, the record of what people did."""
