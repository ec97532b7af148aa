"""Drift: Clerk's OpenAPI document compared with what we believe, each difference graded."""
