"""What is checked while a rollout is under way, by a hook that ECS invokes: smoke tests, numbers, comparisons."""
