"""What MiniStack 1.5.33 lacks, one thing a file. Each `apply` changes the imported MiniStack once, before it serves;
each has a contract test (`tests/contract/test_embedded_*.py`) that fails when a newer MiniStack changes the ground
under it.
"""
