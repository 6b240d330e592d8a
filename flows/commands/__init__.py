"""The commands of `minlex`, by what they are for: their options and words; what they do lies in modules of flows.

Those modules load what is heavy, so a command imports its own when it is run.
"""
