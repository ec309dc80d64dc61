"""The project: settings, addresses, sign-in, errors, serving."""

__version__ = "0.1.0"
