"""Envelope encryption in frameworks: asyncio, Django fields and SQLAlchemy column types."""
