"""Normalisation. One file a variant; `base.Norm` says what they share."""
