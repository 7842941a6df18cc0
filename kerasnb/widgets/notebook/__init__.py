"""The notebook that runs the code, and cleaning saved ones."""
