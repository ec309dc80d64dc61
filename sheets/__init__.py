"""Spreadsheets: bytes into rows of text, and back. Knows no app."""
