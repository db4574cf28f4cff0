"""Recipes that make the weights in assets/weights: seed, data and measured accuracy in the card beside them."""
