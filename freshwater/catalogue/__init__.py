"""The catalogue from the operator's side: checked on paper, published release by release, and its tables for docs/."""
