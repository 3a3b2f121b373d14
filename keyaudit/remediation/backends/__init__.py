"""What the services' own clients have in common; each is imported only where it is used."""
