"""Migrations: begun, followed, and what they came to."""
