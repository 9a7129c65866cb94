"""Every function through the real `sam local invoke`, with the events of `events/`, against the embedded AWS.

image    which Lambda image this host runs, and whether it can be had
invoke   one call of one function, and what it answered
harbour  the state that the events need: a pushed image, a waiting execution for each release, nobody else who acts
story    one release, a state after the other, each answer going into the next event
"""
