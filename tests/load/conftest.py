"""Locust is no dependency of the tests: what imports it is left alone when doctests are looked for."""

collect_ignore = ["locustfile.py"]
