"""What pages share: the state in the link, cached loading, controls, error cards."""
