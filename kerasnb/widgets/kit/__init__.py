"""What all tools of the notebook share."""
