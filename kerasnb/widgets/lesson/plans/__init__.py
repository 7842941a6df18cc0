"""One file for each lesson: its questions, exercises and solutions. What is right is a property, not a constant."""
