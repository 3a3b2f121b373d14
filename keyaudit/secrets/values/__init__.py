"""The values of file formats, with their lines."""
