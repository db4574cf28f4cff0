"""Visibility rules: which keys a query may look at. One file a rule."""
