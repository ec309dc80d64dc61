"""Spreadsheet bytes out of rows of text. Knows no app."""
