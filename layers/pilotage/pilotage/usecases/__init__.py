"""One module per entrance. Each takes what it needs of the world as ports, by name, and returns what it decided.

Here: a release, from the push to the outcome. Below: `approvals` (people are asked), `commands` (what people say is
done and answered) and `news` (what others are told).
"""
