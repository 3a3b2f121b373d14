"""What all parts share: documents, findings, reports, and the masking of secrets. Imports no other
part of keyaudit."""
