"""From names to values: variables, references, functions and conditions of each format."""
