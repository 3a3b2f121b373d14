"""Key encryption keys that are held by a key service, a token or the operating system."""
