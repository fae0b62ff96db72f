"""Dagster's side of Heddle: the only package that knows Dagster and Great Expectations."""
