"""The whole suite on one machine: its data, its processes, its supervisor.

Nothing here imports gRPC or SQLAlchemy: the supervisor lives as long as the suite, and stays small.
"""
