"""What a notebook is, and cleaning saved ones."""
