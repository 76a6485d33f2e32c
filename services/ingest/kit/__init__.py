"""The rule kit: a vendor judges its reports on its own machine, with the functions that the hub itself judges by.

`standing` makes definitions from plan documents, without a hub; `judging` judges by them, in memory; `packing` makes
the package of a plan version that a vendor takes home, `unpacking` reads it.
"""
