"""The screen in a browser, and a small JSON API for editors, on one port of this machine.

Both are for the user, who is whoever has the token: nothing is held back from them. Only this room knows the libraries
that serve.
"""
