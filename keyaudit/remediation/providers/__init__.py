"""Key encryption keys that a service, a token or the operating system keeps: one module each."""
