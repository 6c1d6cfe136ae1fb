"""What the program does when the world is unkind; see README.md."""
