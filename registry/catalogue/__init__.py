"""What is in force, when, and by which decision."""
