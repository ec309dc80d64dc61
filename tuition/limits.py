"""How much at once: what those who serve and those who count connections agree on."""

STREAMS = 2  # in a worker; each takes a thread and a database connection
