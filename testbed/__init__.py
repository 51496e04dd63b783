"""The test bed: real control planes, an impersonating proxy in front of them, nodes, and the runs that break them.

Every program has an entry point in scripts/, whose name and options are what other files rely on.
"""
