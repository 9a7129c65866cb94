"""In-memory ports for the tests. They pass the same contract suites as the adapters."""
