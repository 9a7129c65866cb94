"""Elastic Load Balancing's inside: whose turn it is, how the targets are, what was counted. No MiniStack, no AWS."""
