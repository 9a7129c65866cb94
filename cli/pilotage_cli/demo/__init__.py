"""The main job, shown: the acts with the container of cats, from `git push` to the outcome.

workshop  the team's side: a git repository with a bare remote whose hook runs the build step
watch     waits for a release to conclude, telling its phases
measure   what a release took: times, transitions, invocations, calls
page      the cats page, fetched through the load balancer
visitors  people who look at the page the whole time, counted
canary    what the audience sees of a rollout that shifts traffic
story     the acts and what each of them must come to
report    the end: what runs where and why, and build/demo.json
"""
