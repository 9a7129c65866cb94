"""`make verify-aws`: the demo's story and the faults on a real account, recorded. Opt-in, and gone afterwards.

account   Whose account this is, and whether it may be used.
estimate  What will be created and what it costs, said before anything is.
sandbox   The three stacks under one name: up with SAM, down with everything that they leave behind.
observer  Listens and looks: events from a queue, answers as they change, requests as they are made.
scene     What the steps play on: the team's clone, the stack, the cluster.
story     The steps, each named as the claims of `pilotage_local.replay` name it.
clean     What must not be in a file.

It reaches AWS as any SDK does. Pointed at the embedded AWS by AWS_ENDPOINT_URL it does the same there.
"""
