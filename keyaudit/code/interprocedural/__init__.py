"""What crosses files: the roles of parameters, and secrets that leave a file."""
