"""Envelopes in the frameworks that programs are written with: types, fields, asynchronous use."""
