"""The pictures of docs/console.md, all of them by one command: `make pictures`.

`roster.py` says whose page each picture is and when in the demonstration's year it is taken; `sample.py` brings the
hub there; `taking.py` looks at it with Chromium; `png.py` keeps it small. One run shows what the other shows as far as
the hub's own clock reaches. What a hub draws by lot (salts, names of sessions) or reads off the machine's clock (when
an account was made, when something was delivered) differs.
"""
