"""keyaudit: follows cryptographic keys through the seven stages of their life."""

__version__ = "0.1.0"
