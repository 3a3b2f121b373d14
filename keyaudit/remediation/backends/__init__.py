"""Clients of the key services, and their errors. A client library is imported only when used."""
