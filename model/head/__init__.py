"""What comes between the last states and the logits, or stands in their place. One file a variant."""
