"""MLPs by their activation. One file a variant; `base` holds the plain and the gated form."""
