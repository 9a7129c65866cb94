"""People are asked about a plan, or a freeze is waited for: who waits, who decided, and how each wait ends."""
