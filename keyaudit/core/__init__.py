"""The types every part shares: documents, findings, reports. Imports nothing of the scanner."""
