"""The conformance kit: an integrator's system is driven against a sandbox hub that has bad days, and is judged by what
the hub saw. What decides (`rules`, `judging`, `seen`, `cases`) does no I/O; `sandbox`, `site`, `driving` are the edge.
"""
