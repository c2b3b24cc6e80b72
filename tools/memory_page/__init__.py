"""Writes docs/memory.md, its figures and its picture: ``make networks``."""
