"""Heddle: the composable customer data platform that lives in your warehouse."""

__version__ = "0.1.0"
