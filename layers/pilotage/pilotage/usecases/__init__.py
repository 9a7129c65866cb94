"""One module per entrance. Each takes what it needs of the world as ports, by name, and returns what it decided.

Here: a release, from the push to the outcome. Below: `migrations` (before and after a rollout), `following` (what a
follower does at a pause, and of what others did), `groups` (several services from one image), `approvals` (people are
asked), `commands` (what people say is done and answered) and `news` (what others are told).
"""
