"""The semantic index of a file: scopes, bindings, imports, and modules found by import path."""
