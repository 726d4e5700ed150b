"""Backends: where values live. They keep entries under names and know neither types nor validation."""
