"""Ways to tell a transformer where a token is. One file an encoding; `base.Positional` names the seams."""
