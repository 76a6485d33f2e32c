"""Running the hub in the browser: clients, people, units, plans, destinations, the audit log, and how it stands.

Each page acts through the routes that own the thing, in the name of the person logged in; who may not is told so by
them. `doing` is what their forms have in common; what is shown once (a secret, a password) goes into the answer and
nowhere else.
"""
