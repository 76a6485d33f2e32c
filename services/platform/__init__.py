"""A receiving platform that really runs, for the demonstration, the tests, and whoever builds the real one.

It implements schemas/platform/openapi.yaml with a small store of its own (SQLite) and shares nothing with the
hub but the contract: signatures, schemas, canonical form, digest. It is not the national platform.
"""
