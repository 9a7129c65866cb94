"""A rollout is followed: what it is woken by, what people are told of it, its pauses, and deployments of others."""
